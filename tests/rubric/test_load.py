# ruff: noqa: E501 (whole messages stay on one line)

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import RubricError
from grader.rubric import Rubric, load_rubric, parse_rubric
from grader.rubric.load import LARGEST_FILE
from tests.rubric.writing import CRITERION, HEAD, mistakes, only_mistake, rubric


def test_a_small_rubric() -> None:
    read = rubric(HEAD + CRITERION)
    assert read.maximum == 3
    assert read.criteria[0].requires == "observed"
    assert len(read.digest) == 64


def test_a_name_is_looked_for_in_the_working_folder_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_rubric("lab06").lab.id == "lab06"
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "lab06.toml").write_text(HEAD + CRITERION)
    assert load_rubric("lab06").lab.id == "lab"
    assert load_rubric(tmp_path / "rubrics" / "lab06.toml").lab.id == "lab"


@pytest.mark.parametrize("name", ["lab6", "../x", "", "\x00", "no/such/file.toml", "x" * 5000])
def test_a_file_that_does_not_exist(name: str) -> None:
    with pytest.raises(RubricError, match="Expected a rubric file"):
        load_rubric(name)


def test_a_mistyped_name_is_guessed() -> None:
    with pytest.raises(RubricError, match='Did you mean "lab06"'):
        load_rubric("lab6")


def test_a_folder_is_no_rubric(tmp_path: Path) -> None:
    with pytest.raises(RubricError):
        load_rubric(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("schema = \n", "1: Expected TOML. Received a syntax error: invalid value"),
        ("schema = 1\n[lab\n", "2: Expected TOML."),
        ('schema = 1\nid = "x', "2: Expected TOML."),
        ("schema = 1\nschema = 1\n", "2: Expected TOML."),
        ("a = 1\nb = " + "9" * 5000 + "\n", "2: Expected lines of at most 4000 characters. Received one of 5004."),
        ("a = " + "[" * 3000, "1: Expected a rubric file. Received tables or lists nested hundreds deep."),
    ],
)
def test_syntax(text: str, line: str) -> None:
    assert line in only_mistake(text)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RubricError, match=r"r.toml:2: Expected UTF-8 text. Received the byte 0xff"):
        parse_rubric(b"schema = 1\n\xff", "r.toml")


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse_rubric(b"\xef\xbb\xbf" + (HEAD + CRITERION).encode(), "r.toml").maximum == 3


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(RubricError, match="256 KiB"):
        parse_rubric(b"#" * (LARGEST_FILE + 1), "r.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n" + HEAD + CRITERION, "1: Expected a known key in the file's top level. Received `x`."),
        ('path = "p"\n' + HEAD + CRITERION, "1: Expected a known key in the file's top level. Received `path`."),
        (
            HEAD + 'titel = "x"\n' + CRITERION,
            '6: Expected a known key in [lab]. Received `titel`. Did you mean "title"?',
        ),
        (HEAD + CRITERION + "point = 3\n", 'Received `point`. Did you mean "points"?'),
        (HEAD.replace("schema = 1", "schema = 2") + CRITERION, "1: Expected 1 for `schema`. Received 2."),
        (
            HEAD.replace('title = "Lab"\n', "") + CRITERION,
            "2: Expected the key `lab.title`. Received a table without it.",
        ),
        (HEAD.replace('"Lab"', "5") + CRITERION, "4: Expected text in quotes for `lab.title`. Received 5."),
        (HEAD.replace('"lab"', '"Lab 6"') + CRITERION, "3: Expected lower-case letters"),
        (HEAD, "1: Expected the key `criteria`."),
        ("criteria = []\n" + HEAD, "1: Expected something that is not empty for `criteria`"),
        (HEAD + CRITERION.replace("3", "-1"), "11: Expected a number > 0 for `criteria[1].points`. Received -1."),
        (HEAD + CRITERION.replace("3", '"3"'), "11: Expected a number for `criteria[1].points`. Received '3'."),
        (HEAD + CRITERION.replace("3", "true"), "11: Expected a number for `criteria[1].points`. Received true."),
        (HEAD + CRITERION.replace("3", "nan"), "11: Expected a finite number"),
        (HEAD + CRITERION.replace("3", "inf"), "11: Expected a finite number"),
        (HEAD + CRITERION.replace("3", "1001"), "11: Expected a number <= 1000"),
        (HEAD + CRITERION + "[limits]\ncell_seconds = 0\n", "13: Expected a number > 0 for `limits.cell_seconds`"),
        (HEAD + CRITERION + 'requires = "seen"\n', "12: Expected 'verified', 'observed' or 'stated'"),
        (HEAD + CRITERION + 'depends_on = "x"\n', "12: Expected a list in square brackets"),
        (
            HEAD + CRITERION + "[criteria.costs]\nnot_frozen = 2\n",
            '13: Expected a number from 0 to 1, or "review", for',
        ),
        (HEAD + CRITERION + "costs = { not_frozen = nan }\n", "12: Expected a number from 0 to 1"),
        (HEAD + CRITERION + "costs = 3\n", "12: Expected"),
    ],
)
def test_one_mistake_of_structure(text: str, message: str) -> None:
    assert message in only_mistake(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CRITERION.replace("frozen_base", "frozen_bas"), '10: Expected the name of a check. Received \'frozen_bas\'. Did you mean "frozen_base"?'),
        (CRITERION + "[criteria.costs]\nfrosen = 0\n", '13: Expected a finding of the check frozen_base in `costs`. Received \'frosen\'. Did you mean "frozen"?'),
        (CRITERION + '[criteria.messages]\nfrosen = "x"\n', "13: Expected a finding of the check frozen_base in `messages`"),
        (CRITERION + '[criteria.hints]\n"fro.sen" = "x"\n', "13: Expected a finding of the check frozen_base in `hints`"),
        (CRITERION + '[criteria.messages]\nnot_frozen = "{layer}"\n', 'Received {layer}. Did you mean "layers"?'),
        (CRITERION + '[criteria.hints]\nfrozen = "{layers}"\n', "13: Expected no placeholders in the text for `frozen`"),
        (CRITERION + '[criteria.messages]\nnot_frozen = "{layers.__class__}"\n', "not a plain name"),
        (CRITERION + '[criteria.messages]\nnot_frozen = "{layers!r}"\n', "not a plain name"),
        (CRITERION + '[criteria.messages]\nnot_frozen = "{"\n', "13: Expected the placeholders"),
        (CRITERION + "[criteria.parameters]\nx = 1\n", "13: Expected no keys in [criteria[1].parameters]. Received `x`."),
        (CRITERION.replace("frozen_base", "accuracy") + "[criteria.parameters]\ntolerence = 1\n", 'Did you mean "tolerance"?'),
        (CRITERION.replace("frozen_base", "accuracy") + "parameters = { tolerance = 2 }\n", "12: Expected a number <= 1 for `criteria[1].parameters.tolerance`. Received 2."),
        (CRITERION + CRITERION, "14: Expected a criterion id that is used once. Received 'frozen' again."),
        (CRITERION + 'depends_on = ["frosen"]\n', '12: Expected ids of criteria in `depends_on`. Received \'frosen\'. Did you mean "frozen"?'),
        (CRITERION + 'depends_on = ["frozen"]\n', "12: Expected criteria that do not depend on themselves. Received frozen → frozen."),
        (CRITERION + CRITERION.replace('"frozen"', '"b"') + 'depends_on = ["frozen.nothing"]\n', "18: Expected a finding of the check frozen_base after the dot"),
        (CRITERION + "void_when_unmet = true\n", "12: Expected `depends_on` beside `void_when_unmet`. Received none."),
        (CRITERION.replace("frozen_base", "written_answer"), "7: Expected a [criteria.question] table"),
        (CRITERION + '[criteria.question]\nid = "q"\ntext = "Q?"\n', "12: Expected a question only where the check is written_answer"),
    ],
)  # fmt: skip
def test_one_mistake_of_meaning(text: str, message: str) -> None:
    assert message in only_mistake(HEAD + text)


def test_a_circle_of_criteria() -> None:
    first, second = CRITERION, CRITERION.replace('"frozen"', '"b"')
    text = HEAD + first + 'depends_on = ["b"]\n' + second + 'depends_on = ["frozen"]\n'
    assert "Expected criteria that do not depend on themselves" in only_mistake(text)


def test_all_mistakes_are_told_at_once_in_the_files_order() -> None:
    text = HEAD + CRITERION.replace("3", "-1") + "[criteria.costs]\nfrosen = 0\nnot_frozen = 3\n[limits]\nx = 1\n"
    lines = [int(mistake.split(":")[0]) for mistake in mistakes(text)]
    assert lines == [11, 13, 14, 16]


def test_braces_can_be_written_double() -> None:
    assert rubric(HEAD + CRITERION + '[criteria.messages]\nnot_frozen = "{{x}} {layers}"\n').maximum == 3


LONG = "a." * 1900 + "b = 1"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(LONG.encode())
@example((HEAD + CRITERION + "[criteria.parameters]\n" + LONG).encode())
@example((HEAD + CRITERION + "[criteria.costs]\n" + LONG).encode())
@example(b"x = 0x" + b"f" * 3900)
@example(("[" + "a." * 1900 + "b]").encode())
@example(("a = " + "{b = " * 400).encode())
@example(b"criteria = 1")
@example(b"criteria = [1, {costs = 1, check = 3, depends_on = [1], question = 5}]")
def test_any_bytes_are_a_rubric_or_a_rubric_error(data: bytes) -> None:
    _reads_or_refuses(data)


KEYS = [
    "schema",
    "lab",
    "criteria",
    "id",
    "check",
    "points",
    "costs",
    "question",
    "parameters",
    "depends_on",
    "path",
    "frozen",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["frozen_base", "written_answer", "review", "{x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), st.lists(st.sampled_from(KEYS), max_size=4))
def test_any_tables_are_a_rubric_or_a_rubric_error(document: dict[str, object], table: list[str]) -> None:
    inline = "\n".join(f"{key} = {_toml(value)}" for key, value in document.items())
    tables = "".join(f"\n[[{key}]]\nid = 1\n[{key}.costs]\nx = 1\n" for key in table)
    _reads_or_refuses((inline + tables).encode())
    _reads_or_refuses((HEAD + CRITERION + inline).encode())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else f'"{value or ""}"'


def _reads_or_refuses(data: bytes) -> None:
    refusal = None
    try:
        assert isinstance(parse_rubric(data, "r.toml"), Rubric)
    except RubricError as error:
        refusal = error
    assert refusal is None or str(refusal.where).startswith("r.toml:")
