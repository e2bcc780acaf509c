"""Sorting a table without JavaScript.

Rows stand in the page in the order of names. For every other order each row gets its rank as a custom property
in the style sheet, and the chosen radio button decides, through `:has()`, which of them becomes the row's CSS
`order`. Browsers without `:has()` hide the buttons and keep the order of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.report.rows import NEEDS, Need
from grader.verdict import Result


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort: the radio button's id, its label, and the custom property that holds the rank."""

    id: str
    label: str
    property: str


ORDERS = (
    Order("by-name", "Name", ""),
    Order("by-low", "Lowest total first", "--l"),
    Order("by-high", "Highest total first", "--h"),
    Order("by-need", "Needs a person first", "--n"),
)


def ranks(results: Sequence[Result], needs: Sequence[Need]) -> str:
    """The rules that give row number i (id `r<i>`) its ranks. Equal rows keep their order; submissions
    without any decided points come last in both orders by total."""
    shares = [result.total.share for result in results]
    low = _ranked([(share is None, share or 0.0) for share in shares])
    high = _ranked([(share is None, -(share or 0.0)) for share in shares])
    need = [NEEDS.index(one) for one in needs]
    return "\n".join(
        f"#r{index}{{--l:{low[index]};--h:{high[index]};--n:{need[index]}}}" for index in range(len(results))
    )


def rules() -> str:
    """The rules that let each radio button set the order."""
    return "\n".join(
        f".sheet:has(#{order.id}:checked) tbody tr {{ order: var({order.property}); }}"
        for order in ORDERS
        if order.property
    )


def _ranked(keys: Sequence[tuple[bool, float]]) -> list[int]:
    positions = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [positions[key] for key in keys]
