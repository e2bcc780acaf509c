"""On which line of a TOML file each value stands.

`tomllib` forgets lines; tree-sitter's tree of the same text keeps them. Only tables, arrays of tables and keys are
followed, to a depth beyond which no rubric has anything to say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Location = tuple[str | int, ...]

_DEEPEST = 8


def line_numbers(source: bytes) -> dict[Location, int]:
    """The line, from 1, of every key of the file by its path, such as `("criteria", 0, "points")`.

    Tables stand where their heading stands. Text that is not TOML gives what could be recognised of it.
    """
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    lines: dict[Location, int] = {(): 1}
    counts: dict[Location, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            _pair((), node, lines)
        elif node.type in ("table", "table_array_element"):
            _table(node, lines, counts)
    return lines


def line_of(lines: dict[Location, int], location: Location) -> int:
    """The line of `location`, or of the nearest table around it."""
    while location not in lines:
        location = location[:-1]
    return lines[location]


def _table(node: Node, lines: dict[Location, int], counts: dict[Location, int]) -> None:
    heading = next((child for child in node.named_children if child.type.endswith("_key")), None)
    if heading is None:
        return
    location: Location = ()
    keys = list(_keys(heading))[:_DEEPEST]
    for position, key in enumerate(keys):
        location = (*location, key)
        last = position == len(keys) - 1
        if last and node.type == "table_array_element":
            counts[location] = counts.get(location, -1) + 1
            lines.setdefault(location, _line(heading))
        if location in counts:
            location = (*location, counts[location])
    lines[location] = _line(heading)
    for child in node.named_children:
        if child.type == "pair":
            _pair(location, child, lines)


def _pair(around: Location, node: Node, lines: dict[Location, int]) -> None:
    waiting = [(around, node)]
    while waiting:
        parent, pair = waiting.pop()
        children = [child for child in pair.named_children if child.type != "comment"]
        if not children or len(parent) >= _DEEPEST:
            continue
        key, rest = children[0], children[1:]
        location = parent
        for part in list(_keys(key))[:_DEEPEST]:
            location = (*location, part)
            lines.setdefault(location, _line(key))
        for value in rest:
            waiting += [(location, child) for child in value.named_children if child.type == "pair"]
            if value.type == "array":
                _array(location, value, lines, waiting)


def _array(location: Location, array: Node, lines: dict[Location, int], waiting: list[tuple[Location, Node]]) -> None:
    items = [child for child in array.named_children if child.type != "comment"]
    for index, item in enumerate(items):
        lines.setdefault((*location, index), _line(item))
        waiting += [((*location, index), child) for child in item.named_children if child.type == "pair"]


def _keys(node: Node) -> Iterator[str]:
    """The parts of a key, from the outermost. The grammar nests dotted keys to the left, however many there are."""
    parts = []
    while node.type == "dotted_key" and node.named_children:
        *left, right = node.named_children
        parts.append(_name(right))
        if not left:
            break
        node = left[0]
    else:
        parts.append(_name(node))
    return reversed(parts)


def _name(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type != "quoted_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")), text)
    except ValueError:
        return text


def _line(node: Node) -> int:
    return node.start_point[0] + 1
