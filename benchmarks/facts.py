"""Compare the facts and verdicts of a results folder with what is true of each notebook.

    python -m benchmarks.facts RESULTS [TABLE]
    python -m benchmarks.facts --stated NOTEBOOKS TABLE

RESULTS is the `--out` folder of `grader batch`; facts and verdicts are read anew from its evidence, as `grader judge`
would. With `--stated` nothing was run: NOTEBOOKS is a folder of notebooks, of which only the source is read.

TABLE is a TOML or JSON file like `public_notebooks.toml` (the default), for instance one that lies beside notebooks of
your own: `usual` holds facts, `notebook.NAME` those that differ. A list means that each of its values is right.
`notebook.NAME.verdicts` may name the status of criteria of the rubric (`rubric`, by default lab06).

Ends with 1 if a known fact or verdict is wrong; one that is `unknown` or waits for a person is counted apart.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader import __version__
from grader.evidence.model import Evidence, Provenance, Run, SubmissionInfo
from grader.evidence.store import evidence_folder, load_evidence
from grader.facts import read_facts
from grader.facts.model import Facts
from grader.judge import judge
from grader.rubric.load import load_rubric
from grader.source.statements import read_statements
from grader.submission.notebook import cells_of, read_notebook

TABLE = Path(__file__).with_name("public_notebooks.toml")
WAITS = frozenset({"unknown", "needs_review", "blocked", "infrastructure_error"})
"""What decides nothing: never wrong, and worth counting."""


def main() -> int:
    """Print every difference and the sums."""
    arguments = _arguments()
    text = arguments.table.read_text(encoding="utf-8")
    table = json.loads(text) if arguments.table.suffix == ".json" else tomllib.loads(text)
    rubric = load_rubric(table.get("rubric", "lab06"))
    facts, verdicts = Tally(), Tally()
    for name, truth in table["notebook"].items():
        evidence = _evidence(arguments, name)
        if evidence is None:
            print(f"{name}: not in {arguments.folder}")
            continue
        print(f"{name}: {evidence.run.status}, {evidence.run.keras}")
        read, expected = read_facts(evidence), table["usual"] | truth
        for key in Facts.model_fields:
            fact = getattr(read, key)
            facts.count(key, fact.value, expected[key], f"({fact.strength}) {fact.reason}")
        judged = {verdict.criterion: verdict for verdict in judge(rubric, evidence).verdicts}
        for criterion, status in truth.get("verdicts", {}).items():
            verdicts.count(criterion, judged[criterion].status, status, judged[criterion].reason)
    print(f"\nfacts: {facts}")
    for line in facts.by_name():
        print(f"  {line}")
    if verdicts.sums:
        print(f"verdicts: {verdicts}")
    return 1 if facts.sums["wrong"] or verdicts.sums["wrong"] else 0


class Tally:
    """Right, waiting and wrong, in all and by name."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.names: dict[str, Counter[str]] = {}

    def count(self, name: str, found: str, true: str | list[str], why: str) -> None:
        """Take one in, and print it if it differs."""
        right = found in ([true] if isinstance(true, str) else true)
        kind = "right" if right else "waiting" if found in WAITS else "wrong"
        self.sums[kind] += 1
        self.names.setdefault(name, Counter())[kind] += 1
        if not right:
            print(f"  {kind:<8}{name}: {found!r}, true is {true!r}. {why}")

    def by_name(self) -> Iterator[str]:
        for name, sums in self.names.items():
            yield f"{name:<22}{_written(sums)}"

    def __str__(self) -> str:
        return _written(self.sums)


def _written(sums: Mapping[str, int]) -> str:
    return ", ".join(f"{sums.get(kind, 0)} {kind}" for kind in ("right", "waiting", "wrong"))


def _evidence(arguments: argparse.Namespace, name: str) -> Evidence | None:
    if arguments.stated:
        notebook = arguments.folder / f"{name}.ipynb"
        return _only_read(notebook) if notebook.exists() else None
    path = evidence_folder(arguments.folder, name) / "evidence.json"
    return load_evidence(path) if path.exists() else None


def _only_read(notebook: Path) -> Evidence:
    """What the source states: the evidence of a notebook that was not run."""
    cells = cells_of(read_notebook(notebook).notebook)
    return Evidence(
        submission=SubmissionInfo(id=notebook.stem, name=notebook.stem, notebook=notebook.name),
        run=Run(status="not_run"),
        cells=cells,
        statements=read_statements(cells),
        provenance=Provenance(grader_version=__version__, created="2000-01-01T00:00:00Z"),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare facts and verdicts with what is true of each notebook.")
    parser.add_argument("folder", type=Path, help="results of `grader batch`; with --stated, a folder of notebooks")
    parser.add_argument("table", type=Path, nargs="?", default=TABLE, help="what is true, as TOML or JSON")
    parser.add_argument("--stated", action="store_true", help="read the source alone; nothing was run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
