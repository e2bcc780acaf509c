from __future__ import annotations

from grader.rubric.lines import line_numbers, line_of

TEXT = b"""schema = 1

[lab]
id = "lab"
"quoted key" = 1
a.b = 2

[[criteria]]
id = "one"
costs = { x = 1, "y" = 2 }

[[criteria]]
id = "two"
depends_on = [
  "one",
  "two",
]
[criteria.costs]
z = 1
[criteria.question]
text = '''
two
lines'''
id = "q"
"""


def test_every_key_has_its_line() -> None:
    lines = line_numbers(TEXT)
    assert lines["schema",] == 1
    assert lines["lab",] == 3
    assert lines["lab", "quoted key"] == 5
    assert lines["lab", "a", "b"] == 6
    assert lines["criteria", 0] == 8
    assert lines["criteria", 0, "costs", "y"] == 10
    assert lines["criteria", 1, "id"] == 13
    assert lines["criteria", 1, "depends_on", 1] == 16
    assert lines["criteria", 1, "costs", "z"] == 19
    assert lines["criteria", 1, "question", "id"] == 24


def test_what_is_not_in_the_file_stands_where_its_table_stands() -> None:
    lines = line_numbers(TEXT)
    assert line_of(lines, ("criteria", 0, "points")) == 8
    assert line_of(lines, ("criteria", 1, "costs", "nothing")) == 18
    assert line_of(lines, ("limits", "cell_seconds")) == 1


def test_windows_line_ends() -> None:
    assert line_numbers(b"a = 1\r\nb = 2\r\n")["b",] == 2
