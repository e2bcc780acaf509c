"""From pydantic's complaints about a rubric's structure to mistakes with lines."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from grader.rubric.answer_key import KeyPoint, Misconception
from grader.rubric.lines import Location, line_of
from grader.rubric.mistakes import Mistake, did_you_mean, shown
from grader.rubric.model import Criterion, Environment, Lab, Limits, Question, Reports, Rubric

NOT_FROM_THE_FILE = ("path", "digest", "checks_source")
"""Fields of `Rubric` that the loader fills in."""

_WANTED = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "finite_number": "a finite number",
}
_IDENTIFIER = "lower-case letters, digits, - and _ (at most 64, starting with a letter or digit)"


def structure_mistakes(
    errors: Iterable[ErrorDetails], lines: dict[Location, int], model: type[BaseModel] = Rubric, around: Location = ()
) -> list[Mistake]:
    """One mistake for each wrong value.

    Args:
        errors: of pydantic's `ValidationError`.
        lines: the file's line numbers.
        model: what was validated: decides which keys are known at the top.
        around: path of the table that was validated.
    """
    mistakes: dict[Location, Mistake] = {}
    for error in errors:
        if error["type"] == "too_short" and error["input"]:
            continue  # there are some, but none of them is right: that is said for each
        inner = _without_union_tags(error)
        location = (*around, *inner)
        if location not in mistakes:
            mistakes[location] = _mistake(error, inner, location, lines, model)
    return list(mistakes.values())


def _mistake(
    error: ErrorDetails, inner: Location, location: Location, lines: dict[Location, int], model: type[BaseModel]
) -> Mistake:
    name = _path(location)
    if error["type"] == "missing":
        return Mistake(line_of(lines, location[:-1]), f"the key `{name}`", "a table without it")
    line = line_of(lines, location)
    if error["type"] == "extra_forbidden":
        choices = keys_of(_model_at(inner[:-1], model))
        key = str(inner[-1])[:100]
        wanted = f"{'a known key' if choices else 'no keys'} in {_table(location[:-1])}"
        return Mistake(line, wanted, f"`{key}`", did_you_mean(key, choices))
    return Mistake(line, f"{_wanted(error, location)} for `{name}`", shown(error["input"]))


def _wanted(error: ErrorDetails, location: Location) -> str:
    if "costs" in location:
        return 'a number from 0 to 1, or "review",'
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WANTED:
        return _WANTED[kind]
    if kind == "string_pattern_mismatch":
        return _IDENTIFIER
    if kind == "literal_error":
        return str(context["expected"])
    if kind in ("too_short", "string_too_short"):
        return "something that is not empty"
    bounds = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}
    if kind in bounds:
        limit = next(iter(context.values()))
        return f"a number {bounds[kind]} {limit:g}"
    return error["msg"][:1].lower() + error["msg"][1:]


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """The keys a table may have, as they are written in the file."""
    if model is None:
        return []
    return [info.alias or name for name, info in model.model_fields.items() if name not in NOT_FROM_THE_FILE]


def _model_at(inner: Location, top: type[BaseModel]) -> type[BaseModel] | None:
    tables: dict[Location, type[BaseModel]] = {
        ("lab",): Lab,
        ("limits",): Limits,
        ("environment",): Environment,
        ("reports",): Reports,
        ("criteria",): Criterion,
        ("criteria", "question"): Question,
        ("criteria", "question", "key_points"): KeyPoint,
        ("criteria", "question", "misconceptions"): Misconception,
    }
    return top if not inner else tables.get(tuple(part for part in inner if isinstance(part, str)))


def _without_union_tags(error: ErrorDetails) -> Location:
    """pydantic adds the branch it tried to the path of a cost; the file knows only the path."""
    location = error["loc"]
    return location[: location.index("costs") + 2] if "costs" in location else location


def _path(location: Location) -> str:
    words = ""
    for part in location:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part[:100]}" if words else part[:100]
    return words


def _table(location: Location) -> str:
    return f"[{_path(location)}]" if location else "the file's top level"
