"""Mistakes that only the whole rubric shows: unknown checks, codes and criteria, wrong placeholders, cycles.

It reads the raw file, so that these are reported together with mistakes of structure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from grader.checks.findings import AnyCheck
from grader.checks.registry import CHECKS
from grader.checks.wording import placeholders
from grader.rubric.lines import Location, line_of
from grader.rubric.mistakes import Mistake, did_you_mean, shown
from grader.rubric.structure import structure_mistakes

Table = dict[str, Any]


def meaning_mistakes(
    document: Table, lines: dict[Location, int], checks: Mapping[str, AnyCheck] = CHECKS
) -> Iterator[Mistake]:
    """All mistakes of meaning in a parsed rubric file, whatever its structure."""
    criteria = document.get("criteria")
    tables = [
        (index, table)
        for index, table in enumerate(criteria if isinstance(criteria, list) else ())
        if isinstance(table, dict)
    ]
    yield from _repeated(tables, lines)
    yield from _dependencies(tables, lines, checks)
    yield from _hidden_causes(tables, lines)
    for index, table in tables:
        yield from _criterion(("criteria", index), table, lines, checks)


def _repeated(tables: list[tuple[int, Table]], lines: dict[Location, int]) -> Iterator[Mistake]:
    seen: Counter[tuple[str, str]] = Counter()
    for index, table in tables:
        question = table.get("question")
        found: list[tuple[str, Any, Location]] = [("criterion", table.get("id"), ("criteria", index, "id"))]
        if isinstance(question, dict):
            found.append(("question", question.get("id"), ("criteria", index, "question", "id")))
        for kind, name, location in found:
            if not isinstance(name, str):
                continue
            seen[kind, name] += 1
            if seen[kind, name] > 1:
                yield Mistake(line_of(lines, location), f"a {kind} id that is used once", f"{shown(name)} again")


def _dependencies(
    tables: list[tuple[int, Table]], lines: dict[Location, int], checks: Mapping[str, AnyCheck]
) -> Iterator[Mistake]:
    ids = {table["id"]: table.get("check") for _, table in tables if isinstance(table.get("id"), str)}
    graph: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    for index, table in tables:
        named = table.get("depends_on")
        line = line_of(lines, ("criteria", index, "depends_on"))
        causes = [cause for cause in named if isinstance(cause, str)] if isinstance(named, list) else []
        if table.get("void_when_unmet") is True and not causes:
            void = line_of(lines, ("criteria", index, "void_when_unmet"))
            yield Mistake(void, "`depends_on` beside `void_when_unmet`", "none", "Name the criteria, or remove it.")
        for cause, dot, code in (entry.partition(".") for entry in causes):
            if cause not in ids:
                yield Mistake(line, "ids of criteria in `depends_on`", shown(cause), did_you_mean(cause, ids))
            elif dot and (check := checks.get(str(ids[cause]))) is not None and code not in check.kinds:
                wanted = f"a finding of the check {check.name} after the dot in `depends_on`"
                yield Mistake(line, wanted, shown(code), did_you_mean(code, check.kinds))
        if isinstance(table.get("id"), str):
            graph[table["id"]] = [entry.partition(".")[0] for entry in causes if entry.partition(".")[0] in ids]
            places[table["id"]] = line
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        yield Mistake(places[circle[0]], "criteria that do not depend on themselves", " → ".join(circle[:10]))


def _hidden_causes(tables: list[tuple[int, Table]], lines: dict[Location, int]) -> Iterator[Mistake]:
    """A public criterion must not hang on a hidden one: the self-check could then not say what grading will say."""
    hidden = {table["id"] for _, table in tables if isinstance(table.get("id"), str) and not is_public(table)}
    for index, table in tables:
        named = table.get("depends_on")
        for entry in named if is_public(table) and isinstance(named, list) else ():
            if isinstance(entry, str) and entry.partition(".")[0] in hidden:
                line = line_of(lines, ("criteria", index, "depends_on"))
                wanted = "only public criteria in `depends_on` of a public one"
                yield Mistake(line, wanted, f"{shown(entry)}, which is not", "Write `public = false` here as well.")


def is_public(table: Table) -> bool:
    """Whether students see this criterion before grading. What rests on held-out images or on checks of the lab's own
    they never do."""
    check = CHECKS.get(str(table.get("check")))
    return table.get("public") is not False and check is not None and not check.needs_heldout


def _criterion(
    location: Location, table: Table, lines: dict[Location, int], checks: Mapping[str, AnyCheck]
) -> Iterator[Mistake]:
    name = table.get("check")
    if not isinstance(name, str):
        return
    check = checks.get(name)
    if check is None:
        line = line_of(lines, (*location, "check"))
        yield Mistake(line, "the name of a check", shown(name), did_you_mean(name, checks))
        return
    yield from _parameters(location, table, check, lines)
    yield from _question(location, table, check, lines)
    for key in ("costs", "messages", "hints"):
        overrides = table.get(key)
        for code, value in overrides.items() if isinstance(overrides, dict) else ():
            place = line_of(lines, (*location, key, code))
            if code not in check.kinds:
                wanted = f"a finding of the check {check.name} in `{key}`"
                yield Mistake(place, wanted, shown(code), did_you_mean(code, check.kinds))
            elif key != "costs" and isinstance(value, str):
                yield from _template(value, check, code, place)


def _template(template: str, check: AnyCheck, code: str, line: int) -> Iterator[Mistake]:
    known = check.kinds[code].values
    allowed = "the placeholders " + ", ".join(f"{{{name}}}" for name in known) if known else "no placeholders"
    try:
        used = placeholders(template)
    except ValueError as error:
        yield Mistake(
            line,
            f"{allowed} in the text for `{code}`",
            f"a text where {str(error)[:200]}",
            "Write {{ and }} for braces.",
        )
        return
    for name in used:
        if name not in known:
            yield Mistake(line, f"{allowed} in the text for `{code}`", f"{{{name[:100]}}}", did_you_mean(name, known))


def _parameters(location: Location, table: Table, check: AnyCheck, lines: dict[Location, int]) -> Iterator[Mistake]:
    given = table.get("parameters", {})
    if not isinstance(given, dict):
        return
    try:
        check.parameters.model_validate(given)
    except ValidationError as error:
        yield from structure_mistakes(error.errors(), lines, check.parameters, (*location, "parameters"))


def _question(location: Location, table: Table, check: AnyCheck, lines: dict[Location, int]) -> Iterator[Mistake]:
    if check.asks_question and "question" not in table:
        wanted = f"a [criteria.question] table, which the check {check.name} needs"
        yield Mistake(line_of(lines, location), wanted, "a criterion without it")
    if not check.asks_question and "question" in table:
        line = line_of(lines, (*location, "question"))
        yield Mistake(line, "a question only where the check is written_answer", f"the check {check.name}")
