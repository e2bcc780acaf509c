"""Compare the facts of a results folder with what is true of each notebook.

    python -m benchmarks.facts RESULTS [TABLE]

RESULTS is the `--out` folder of `grader batch`; the facts are read anew from its evidence, as `grader judge` would.
TABLE is a TOML file like `public_notebooks.toml` (the default). Ends with 1 if a known fact is wrong; one that is
`unknown` is counted apart.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from grader.evidence.store import evidence_folder, load_evidence
from grader.facts import read_facts
from grader.facts.model import Facts

TABLE = Path(__file__).with_name("public_notebooks.toml")


def main() -> int:
    """Print every difference and the sums."""
    results = Path(sys.argv[1])
    table = tomllib.loads(Path(sys.argv[2] if len(sys.argv) > 2 else TABLE).read_text(encoding="utf-8"))
    right = wrong = unknown = 0
    strengths: dict[str, int] = {}
    for name, differs in table["notebook"].items():
        path = evidence_folder(results, name) / "evidence.json"
        if not path.exists():
            print(f"{name}: not in {results}")
            continue
        evidence = load_evidence(path)
        facts, truth = read_facts(evidence), table["usual"] | differs
        print(f"{name}: {evidence.run.status}, {evidence.run.keras}")
        for key in Facts.model_fields:
            fact = getattr(facts, key)
            strengths[str(fact.strength)] = strengths.get(str(fact.strength), 0) + 1
            if fact.value == truth[key]:
                right += 1
                continue
            unknown, wrong = (unknown + 1, wrong) if fact.value == "unknown" else (unknown, wrong + 1)
            print(f"  {key}: {fact.value!r} ({fact.strength}), true is {truth[key]!r}. {fact.reason}")
    print(f"{right} right, {unknown} unknown, {wrong} wrong; strengths {strengths}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
