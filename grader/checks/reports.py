"""Judge a written report without a notebook: what its pasted code states, in the same findings as a notebook's run.

What only a run can show is not assessable: neither a pass nor a zero, but a question for a person. The same holds for a
piece of code that the report does not show, and for one that was read from a picture with little certainty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.checks.base_without_top import BaseWithoutTop, backbone_code
from grader.checks.findings import Finding, Findings, Parameters
from grader.checks.head import Head, parts_in_words, width
from grader.checks.places import distinct
from grader.checks.wording import listed, percent
from grader.evidence.model import Evidence, Place, Statement
from grader.evidence.reports import SURE_READING
from grader.facts.stated import stated_facts


def report_findings(check: str, evidence: Evidence, parameters: Parameters) -> Findings:
    """What a report states about one criterion.

    Args:
        check: the check's name; one that is not known here needs a run.
        evidence: of a report without a notebook.
        parameters: of the check, as the rubric sets them.
    """
    find = _BY_CHECK.get(check)
    if find is None:
        return (_not_assessable("that takes a notebook that can be run"),)
    findings = find(evidence, parameters)
    places = [place for finding in findings if finding.code != "not_assessable" for place in finding.places]
    unsure = _unsure(evidence, places) or _incomplete(evidence, findings)
    return (unsure,) if unsure is not None else findings


def _unsure(evidence: Evidence, places: Sequence[Place]) -> Finding | None:
    """The finding for a person, where the code stands in a picture that could hardly be read."""
    by_part = {part.position: part.picture for part in evidence.cells}
    confidence = {picture.number: picture.confidence for picture in evidence.pictures}
    for place in places:
        number = by_part.get(place.cell)
        if number is not None and (sure := confidence.get(number) or 0.0) < SURE_READING:
            why = f"the code stands in picture {number}, which could be read with little certainty ({percent(sure)})"
            return Finding("not_assessable", {"why": why}, "stated", distinct(places))
    return None


_ABSENCES = frozenset({"no_pooling", "no_dropout", "flip_only", "rotation_only"})
"""Findings that say that something is not there."""


def _incomplete(evidence: Evidence, findings: Findings) -> Finding | None:
    """Where not all code could be read, nothing is missing for certain."""
    absent = [finding for finding in findings if finding.code in _ABSENCES]
    doubtful = [p for p in evidence.pictures if p.problem or (p.confidence or 0.0) < SURE_READING]
    if not absent or not (doubtful or any(document.left_out for document in evidence.documents)):
        return None
    why = "some of its code could not be read, and what seems to be missing may stand there"
    places = distinct(place for finding in absent for place in finding.places)
    return Finding("not_assessable", {"why": why}, "stated", places)


def _not_assessable(why: str, statements: Sequence[Statement] = ()) -> Finding:
    return Finding("not_assessable", {"why": why}, "stated", _places(statements))


def _places(statements: Sequence[Statement]) -> tuple[Place, ...]:
    return distinct(statement.place for statement in statements)


def _about(evidence: Evidence, *topics: str) -> list[Statement]:
    return [statement for statement in evidence.statements if statement.topic in topics]


def _stated(what: str, statements: Sequence[Statement]) -> Finding:
    return Finding("stated", {"what": what}, "stated", _places(statements))


def _no_code(evidence: Evidence, of: str) -> Finding:
    unread = [picture for picture in evidence.pictures if picture.confidence is None and picture.problem]
    also = f", and {len(unread)} of its pictures could not be read" if unread else ""
    doubtful = {p.number for p in evidence.pictures if (p.confidence or 0.0) < SURE_READING}
    parts = [part for part in evidence.cells if part.picture in doubtful]
    if parts:
        also = f"{also}, and pictures that could hardly be read"
    places = distinct(Place(cell=part.position, document=part.document) for part in parts)
    return Finding("not_assessable", {"why": f"it shows no code {of}{also}"}, "stated", places)


def _base(evidence: Evidence, parameters: BaseWithoutTop) -> Findings:
    made = [said for said in _about(evidence, "base") if said.settings.get("backbone")]
    if not made:
        return (_no_code(evidence, "that makes a pre-trained base"),)
    wanted_top = parameters.include_top
    base = next((said for said in reversed(made) if said.settings.get("include_top") == wanted_top), made[-1])
    places, given = _places([base]), base.settings
    findings: list[Finding] = []
    if other := backbone_code(backbone := str(given["backbone"]), parameters):
        values = {"backbone": backbone, "wanted": listed(parameters.backbones)}
        findings.append(Finding(other, values, "stated", places))
    if "include_top" not in given or "weights" not in given:
        return (_not_assessable("the arguments of the base cannot be read", [base]),)
    if given["include_top"] != wanted_top:
        findings.append(Finding("top_kept" if given["include_top"] else "top_missing", {}, "stated", places))
    if parameters.pretrained and given["weights"] is None:
        findings.append(Finding("random_weights", {"given": "None"}, "stated", places))
    elif parameters.pretrained and str(given["weights"]).strip() != "imagenet":
        why = f"the report names the file {given['weights']}"
        findings.append(Finding("unknown_weights", {"why": why}, "stated", places))
    if findings:
        return tuple(findings)
    top = "with" if wanted_top else "without"
    return (_stated(f"{given['backbone']} {top} its top, with weights `{given['weights']}`", [base]),)


def _frozen(evidence: Evidence, _parameters: Parameters) -> Findings:
    frozen, thawed, fits = _about(evidence, "freeze"), _about(evidence, "unfreeze"), _about(evidence, "fit")
    first_fit = _order(fits[0]) if fits else None
    before = [said for said in frozen if first_fit is None or _order(said) < first_fit]
    if not frozen:
        return (_no_code(evidence, "that freezes the base"),)
    if not before:
        where = listed(f"`{said.detail}`" for said in frozen[:2])
        return (Finding("frozen_after_training", {"where": where}, "stated", _places([*frozen, *fits[:1]])),)
    undone = [
        said
        for said in thawed
        if _order(said) > _order(before[-1]) and first_fit is not None and _order(said) < first_fit
    ]
    if undone or any("[" in str(said.settings.get("target")) for said in before):
        return (_not_assessable("which layers are frozen when training begins takes a run", [*before, *undone]),)
    return (_stated(f"the base is frozen (`{before[-1].detail}`)", before),)


def _order(statement: Statement) -> tuple[int, int]:
    return statement.place.cell, statement.place.first_line


def _augmentation(evidence: Evidence, _parameters: Parameters) -> Findings:
    said = _about(evidence, "augmentation")
    if not said:
        return (_no_code(evidence, "that augments images"),)
    flips = [one for one in said if _moves(one, "flip")]
    turns = [one for one in said if _moves(one, "rotat") or _moves(one, "rot90")]
    idle = [one for one in turns if one.settings.get("factor") == 0]
    if idle and len(idle) == len(turns):
        values = {"layer": "RandomRotation", "why": "its factor is 0"}
        return (Finding("no_effect", values, "stated", _places(idle)),)
    if flips and turns:
        return (_stated("images are flipped and rotated at random", [*flips, *turns]),)
    if flips:
        return (Finding("flip_only", {"layer": "RandomRotation"}, "stated", _places(flips)),)
    if turns:
        return (Finding("rotation_only", {"layer": "RandomFlip"}, "stated", _places(turns)),)
    return (Finding("unrecognised", {}, "stated", _places(said)),)


def _moves(statement: Statement, motion: str) -> bool:
    words = " ".join([str(statement.settings.get("name")), *(k for k, value in statement.settings.items() if value)])
    return motion in words.casefold()


def _head(evidence: Evidence, parameters: Head) -> Findings:
    dense = _last_layers(evidence)
    if not dense:
        return (_no_code(evidence, "of a new classifier"),)
    last = dense[-1]
    pooling, dropout = _about(evidence, "pooling"), _about(evidence, "dropout")
    inside = any(one.settings.get("pooling") in ("avg", "max") for one in _about(evidence, "base"))
    shown = [*pooling, *(dropout if parameters.dropout else ()), last]
    findings: list[Finding] = []
    if pooling and all(one.settings.get("name") == "Flatten" for one in pooling):
        findings.append(Finding("flatten", {"units": "very many"}, "stated", _places(pooling)))
    elif not pooling and not inside:
        findings.append(Finding("no_pooling", {}, "stated", _places(shown)))
    if parameters.dropout and not dropout:
        findings.append(Finding("no_dropout", {}, "stated", _places(shown)))
    elif parameters.dropout and all(one.settings.get("rate") == 0 for one in dropout):
        findings.append(Finding("zero_dropout", {"why": "its rate is 0"}, "stated", _places(dropout)))
    units = last.settings.get("units")
    if units is None:
        return (_not_assessable("how many outputs the last layer has cannot be read", [last]),)
    if units not in parameters.units:
        findings.append(width(units, parameters.units, "stated", _places([last])))
    return tuple(findings) or (_stated(parts_in_words(units, parameters), shown),)


def _last_layers(evidence: Evidence) -> list[Statement]:
    dense = _about(evidence, "classifier")
    return [one for one in dense if one.settings.get("last")] or dense


def _preprocessing(evidence: Evidence, _parameters: Parameters) -> Findings:
    said = _about(evidence, "preprocessing")
    fact = stated_facts(evidence).preprocessing
    if fact.value == "right":
        return (_stated("images are scaled as the base expects", said),)
    if not said:
        return (_no_code(evidence, "that scales images"),)
    return (_not_assessable("in which range images reach the base takes a run", said),)


def _loss(evidence: Evidence, _parameters: Parameters) -> Findings:
    compiled = [one for one in _about(evidence, "compile") if one.settings.get("loss")]
    dense = _last_layers(evidence)
    if not compiled or not dense:
        return (_no_code(evidence, "of both the last layer and the loss"),)
    last, chosen = dense[-1], compiled[0]
    activation, loss = last.settings.get("activation"), str(chosen.settings["loss"])
    logits = bool(chosen.settings.get("from_logits"))
    values = {
        "output": f"`Dense({last.settings.get('units', '?')})` with {activation or 'no activation'}",
        "loss": loss,
    }
    shown = [last, chosen]
    if "binary" not in loss.casefold() or last.settings.get("units") != 1:
        return (_not_assessable(f"whether `{loss}` fits this output takes a run", shown),)
    if activation == "sigmoid" and logits:
        return (Finding("sigmoid_with_from_logits", values, "stated", _places(shown)),)
    if activation in (None, "linear") and not logits:
        return (Finding("logits_without_from_logits", values, "stated", _places(shown)),)
    if activation not in (None, "linear", "sigmoid"):
        return (Finding("wrong_activation", values, "stated", _places(shown)),)
    return (_stated(f"{values['output']} and {loss}{' from logits' if logits else ''}", shown),)


def _run_only(why: str) -> Callable[[Evidence, Any], Findings]:
    return lambda _evidence, _parameters: (_not_assessable(why),)


def _runs(evidence: Evidence, _parameters: Parameters) -> Findings:
    if evidence.submission.notebook is not None:
        return (_not_assessable("the notebook that came with it could not be read"),)
    return (_not_assessable("whether the notebook runs takes the notebook"),)


_BY_CHECK: Mapping[str, Callable[[Evidence, Any], Findings]] = {
    "notebook_runs": _runs,
    "base_without_top": _base,
    "frozen_base": _frozen,
    "augmentation": _augmentation,
    "head": _head,
    "preprocessing": _preprocessing,
    "output_and_loss": _loss,
    "accuracy": _run_only("accuracy is measured, not believed, and that takes the notebook"),
}
