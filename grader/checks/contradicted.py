"""Which criteria rest on evidence that contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping

from grader.evidence.model import Contradiction, Evidence, Subject

RESTS_ON: Mapping[str, frozenset[Subject]] = {
    "notebook_runs": frozenset({"run"}),
    "base_without_top": frozenset({"base", "model"}),
    "frozen_base": frozenset({"base", "training"}),
    "fine_tuning": frozenset({"base", "training"}),
    "augmentation": frozenset({"model"}),
    "head": frozenset({"model"}),
    "preprocessing": frozenset({"model"}),
    "output_and_loss": frozenset({"training", "model"}),
    "accuracy": frozenset({"base", "training", "weights", "model", "accuracy"}),
    "written_answer": frozenset(),
}
"""By check: what must not be contradicted for its verdict to stand. A check that is not listed rests on everything."""


def contradicted(check: str, evidence: Evidence) -> tuple[Contradiction, ...]:
    """The contradictions that make this check's verdict doubtful."""
    if check == "written_answer":
        return ()
    rests_on = RESTS_ON.get(check)
    return tuple(
        each
        for each in evidence.contradictions
        if rests_on is None or each.subject == "everything" or each.subject in rests_on
    )


def why_doubtful(found: tuple[Contradiction, ...]) -> str:
    """One sentence per contradiction, the first three, for the verdict's reason."""
    more = f" ({len(found) - 3} more in the evidence.)" if len(found) > 3 else ""
    return " ".join(each.words for each in found[:3]) + more + " So a person decides."
