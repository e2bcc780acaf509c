"""Do a replay and the notebook's own training lead to the same verdict on accuracy? One line per notebook.

    python -m benchmarks.policy_agreement [--out DIR] [--assets PACK] [--pixels N] [--notebooks FILE...] [--jobs N]

Without --notebooks, the lab's reference solution and variants of it are used, right and wrong ones (`variants.py`),
with images of N pixels (default 96: small enough to train them all in full within minutes). Each notebook is graded
under the policies full, replay and auto, each compared with the reference under the same policy. Runs are kept in DIR:
called again with the same DIR, only the table is printed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.variants import VARIANTS, variant
from grader.batch.command import BatchRequest, grade_all
from grader.evidence.model import Evidence
from grader.evidence.store import evidence_folder, load_evidence
from grader.judge import judge
from grader.rubric.load import load_rubric
from grader.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]
POLICIES = ("full", "replay", "auto")


@dataclass(frozen=True)
class Seen:
    """One notebook under one policy."""

    verdict: Verdict
    evidence: Evidence

    @property
    def accuracy(self) -> float | None:
        found = self.evidence.decisive()
        return None if found is None else found.accuracy

    @property
    def word(self) -> str:
        points = self.verdict.points if self.verdict.status in ("met", "partial", "unmet") else None
        return self.verdict.status + ("" if points is None else f" {points:g}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=None, help="folder in which runs are kept (default: none are)")
    parser.add_argument("--assets", default="demo", help="asset pack (default: demo)")
    parser.add_argument("--pixels", type=int, default=96, help="image size of the variants (default: 96)")
    parser.add_argument("--notebooks", type=Path, nargs="*", default=[], help="other notebooks than the variants")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agreement-") as temporary:
        folder = asked.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rubric = _rubric(folder, None if asked.notebooks else asked.pixels)
        notebooks = _notebooks(folder, asked.notebooks, asked.pixels)
        seen = {policy: _graded(policy, notebooks, rubric, folder, asked.assets, asked.jobs) for policy in POLICIES}
        _print(seen)


def _rubric(folder: Path, pixels: int | None) -> Path:
    """The lab's rubric; for the variants with the reference at their image size."""
    text = (ROOT / "rubrics" / "lab06.toml").read_text(encoding="utf-8")
    reference = ROOT / "reference_solution" / "lab06.ipynb"
    if pixels is not None:
        reference = folder / "reference.ipynb"
        nbformat.write(variant(ROOT / "reference_solution" / "lab06.ipynb", pixels), reference)
    text = text.replace("../reference_solution/lab06.ipynb", str(reference))
    text = text.replace("../reference_solution/", f"{ROOT}/reference_solution/")
    path = folder / "lab06.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _notebooks(folder: Path, given: list[Path], pixels: int) -> Path:
    target = folder / "notebooks"
    target.mkdir(exist_ok=True)
    if given:
        for path in given:
            (target / f"{path.parent.name}-{path.name}".replace(" ", "_")).write_bytes(path.read_bytes())
    else:
        for name, changes in VARIANTS.items():
            notebook = variant(ROOT / "reference_solution" / "lab06.ipynb", pixels, changes)
            nbformat.write(notebook, target / f"{name}.ipynb")
    return target


def _graded(policy: str, notebooks: Path, rubric: Path, folder: Path, assets: str, jobs: int) -> dict[str, Seen]:
    out = folder / policy
    request = BatchRequest(
        submissions=notebooks, rubric=str(rubric), pack=assets, out=out, jobs=jobs, policy=policy, steps_per_call=1,
        sandbox="bubblewrap", cell_seconds=None, notebook_seconds=None,
    )  # fmt: skip
    graded = grade_all(request, say=lambda _line: None)
    loaded = load_rubric(str(rubric))
    found = {}
    for result in graded.results:
        evidence = load_evidence(evidence_folder(out, result.submission) / "evidence.json")
        verdict = next(each for each in judge(loaded, evidence).verdicts if each.criterion == "accuracy")
        found[result.submission] = Seen(verdict, evidence)
    return found


def _print(seen: dict[str, dict[str, Seen]]) -> None:
    names = sorted(seen["full"])
    width = max(len(name) for name in names)
    verdicts = f"{'full':14} {'replay':14} {'auto':14}"
    print(f"{'notebook':{width}}  {'full':>6} {'replay':>6}  {verdicts} road     agree  seconds")
    differences, auto_agrees, replay_agrees, decided = [], 0, 0, 0
    for name in names:
        full, replay, auto = (seen[policy][name] for policy in POLICIES)
        road = "-" if auto.evidence.road is None else auto.evidence.road.decided
        agree = full.word == auto.word
        auto_agrees += agree
        if replay.accuracy is not None and replay.verdict.status != "needs_review":
            decided += 1
            replay_agrees += full.word == replay.word
        if replay.accuracy is not None and full.accuracy is not None:
            differences.append(replay.accuracy - full.accuracy)
        took = f"{full.evidence.run.seconds:6.0f} {replay.evidence.run.seconds:5.0f}"
        print(
            f"{name:{width}}  {_number(full.accuracy)} {_number(replay.accuracy)}  {full.word:14} {replay.word:14} "
            f"{auto.word:14} {road:8} {'yes' if agree else 'NO':5} {took}"
        )
    failing = sum(seen["full"][name].verdict.status in ("unmet", "partial", "blocked") for name in names)
    print(f"\nauto and full agree: {auto_agrees} of {len(names)}; {failing} of them do not meet the criterion in full")
    print(f"a replay decided {decided}, and full says the same of {replay_agrees}")
    if differences:
        print(
            f"replay minus full, held-out accuracy: mean {statistics.fmean(differences):+.4f}, "
            f"largest {max(differences, key=abs):+.4f} ({len(differences)} notebooks)"
        )


def _number(value: float | None) -> str:
    return "     -" if value is None else f"{value:6.3f}"


if __name__ == "__main__":
    main()
