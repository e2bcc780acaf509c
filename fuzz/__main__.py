"""`python -m fuzz TARGET [SECONDS] [libFuzzer options]`: fuzz one target with atheris; `all` takes each in turn.

What broke a promise is kept in `fuzz/found/`; give that file instead of SECONDS to run the target on it once.
"""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import atheris

FOLDER = Path(__file__).parent
JSON_TARGETS = frozenset(
    {"notebook", "evidence", "outbox", "model_config", "results_file", "nbgrader_notebook", "record"}
)
BIGGEST_INPUT = 200_000
LIMITS = ("-timeout=20", "-rss_limit_mb=4096", f"-max_len={BIGGEST_INPUT}", "-verbosity=1", "-print_final_stats=1")


def main(arguments: list[str]) -> int:
    """Run one target or all; the exit code is 1 when something was found."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(f"{__doc__}\n")
        return 2
    if arguments[0] == "all":
        return _all(arguments[1:])
    return _one(arguments[0], arguments[1:])


def _all(more: list[str]) -> int:
    from fuzz.targets import TARGETS

    failed = []
    for name in TARGETS:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "fuzz", name, *more], capture_output=True, text=True, errors="replace", check=False
        )
        runs = re.findall(r"stat::number_of_executed_units:\s+(\d+)|Done (\d+) runs", done.stderr)
        count = max((int(part) for pair in runs for part in pair if part), default=0)
        found = "" if done.returncode == 0 else "  FOUND SOMETHING, see below"
        sys.stdout.write(f"{name:16} {count:>9} executions in {time.monotonic() - started:5.0f} s{found}\n")
        sys.stdout.flush()
        if done.returncode:
            failed.append(name)
            at = max(0, done.stderr.find("=== Uncaught"))
            sys.stdout.write(done.stderr[at:][:4000] + "\n")
    return 1 if failed else 0


def _one(name: str, more: list[str]) -> int:
    with atheris.instrument_imports(include=["grader"]):
        from fuzz.targets import TARGETS
    from fuzz.json_mutation import mutate
    from fuzz.seeds import seeds

    if name not in TARGETS:
        sys.stderr.write(f"Expected one of {', '.join(TARGETS)}. Received {name}.\n")
        return 2
    target = TARGETS[name]
    if more and Path(more[0]).is_file():
        target(Path(more[0]).read_bytes())
        return 0
    seconds = more.pop(0) if more and more[0].isdigit() else "60"
    corpus, found = FOLDER / "corpus" / name, FOLDER / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    for seed in seeds(name):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)

    def structured(data: bytes, most: int, seed: int) -> bytes:
        if random.Random(seed).random() < 0.7:
            changed = mutate(data, seed, most)
            if changed is not None:
                return changed
        return bytes(atheris.Mutate(data, len(data)))

    options = [sys.argv[0], *LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={found}/{name}-", *more]
    custom = {"custom_mutator": structured} if name in JSON_TARGETS else {}
    atheris.Setup([*options, str(corpus)], target, **custom)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
