"""Machine time for a class of real size: the policy `auto` against executing the notebooks plainly.

A class is made from a tutorial of your own choice (`--notebook`): the notebook itself and the changes students make to
it. Ours grades the whole class; plain execution by nbclient, in which every notebook trains as written, is measured on
`--plain` of them, since the whole class would take hours. What the machine does once for a class (the reference, the
features) is part of ours and is shown apart.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import Cost, cost_of, grader
from benchmarks.overhead import NBCLIENT
from benchmarks.peers import KERNEL, kernels, peer
from benchmarks.places import environment
from benchmarks.stored import sandbox_name
from benchmarks.students import write_class
from benchmarks.table import Claim, judge, ratio, seconds, show
from grader.assets.locate import find_pack
from grader.assets.pack import AssetPack
from grader.evidence.store import stored_evidence

TARGET = 40.0


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks class")
    parser.add_argument("--notebook", type=Path, required=True, help="a tutorial as .ipynb")
    parser.add_argument("--pack", required=True, help="asset pack with real pictures and weights")
    parser.add_argument("--rubric", default="lab06")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--plain", type=int, default=1, help="notebooks to execute plainly (default: 1)")
    parser.add_argument("--plain-machine-seconds", type=float, help="from an earlier run here, instead of executing")
    parser.add_argument("--policy", default="auto")
    parser.add_argument("--out", type=Path, help="keep the results here")
    asked = parser.parse_args(arguments)
    os.environ.update(environment())
    pack = find_pack(asked.pack)
    with tempfile.TemporaryDirectory(prefix="b-") as name:
        folder = Path(name)
        left_out = write_class(asked.notebook, folder / "class", asked.count)
        count = len(list((folder / "class").iterdir()))
        print(f"a class of {count}" + (f"; not possible here: {', '.join(left_out)}" if left_out else ""), flush=True)
        out = asked.out or folder / "out"
        options = [
            "--rubric", asked.rubric, "--assets", pack.folder, "--training", asked.policy, "--sandbox", sandbox_name(),
        ]  # fmt: skip
        once = cost_of(grader("batch", folder / "class/as-it-is.ipynb", *options, "--out", folder / "one"),
                       env=environment(), codes=(0, 1))  # fmt: skip
        print(f"  reference and one submission: {seconds(once.machine)} of machine time", flush=True)
        whole = cost_of(grader("batch", folder / "class", *options, "--out", out), env=environment(), codes=(0, 1))
        print(f"  the class: {seconds(whole.machine)} of machine time, {seconds(whole.wall)} on the clock", flush=True)
        print(_roads(out))
        if asked.plain_machine_seconds:
            plain, plain_count = Cost(0.0, asked.plain_machine_seconds), 1
        else:
            plain, plain_count = plainly(folder, pack, asked.plain), asked.plain
    per, per_plain = whole.machine / count, plain.machine / plain_count
    rows = [
        [f"grader batch --training {asked.policy}", str(count), seconds(whole.wall / count), seconds(per)],
        ["nbclient", str(plain_count), seconds(plain.wall / plain_count), seconds(per_plain)],
    ]
    show(
        "A class of real size: time per submission", ["", "run", "wall", "machine"], rows,
        [f"before it, once: the reference and one submission, {seconds(once.machine)}",
         f"with that in it: {ratio((whole.machine + once.machine) / count, per_plain)}"],
    )  # fmt: skip
    holds = per_plain / per >= TARGET
    return judge([Claim("machine time per submission", ratio(per, per_plain), f"at most 1/{TARGET:.0f}", holds)])


def plainly(folder: Path, pack: AssetPack, count: int) -> Cost:
    """Execute that many of the class with nbclient, offline, with the pack's files where Keras looks for them."""
    home = folder / "keras"
    for part in ("models", "datasets"):
        (home / part).mkdir(parents=True)
    for file in pack.files:
        for name in file.cache_names:
            (home / "models" / name).symlink_to(pack.path_of(file))
        if file.path.endswith(".zip"):
            # Old notebooks look beside the archive, new ones where it was unpacked.
            shutil.copy(pack.path_of(file), home / "datasets/cats_and_dogs.zip")
            with zipfile.ZipFile(pack.path_of(file)) as archive:
                archive.extractall(home / "datasets")
    work = folder / "work"
    work.mkdir()
    chosen = sorted((folder / "class").iterdir())[:count]
    paths = [shutil.copy(path, work) for path in chosen]
    for path in paths:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        notebook["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
        Path(path).write_text(json.dumps(notebook), encoding="utf-8")
    program = NBCLIENT.replace('kernel_name="bench"', 'kernel_name="bench", timeout=7200')
    env = kernels() | {"KERAS_HOME": str(home)}
    return cost_of([str(peer("nbclient") / "python"), "-c", program, *map(str, paths)], env=env, cwd=work)


def _roads(out: Path) -> str:
    """By which training policy the accuracy of each was decided, as its evidence says."""
    names = [path.name for path in (out / "evidence").iterdir()]
    roads = Counter(
        "none" if evidence.road is None else evidence.road.decided for evidence in stored_evidence(out, sorted(names))
    )
    return f"  decided by: {', '.join(f'{road} {number}' for road, number in sorted(roads.items()))}"
