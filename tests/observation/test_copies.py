"""A base in a model that Keras built again (`clone_model`, `load_model`) is told by its weights."""

from __future__ import annotations

from grader.execution.recorder.digest import combined_digest
from grader.execution.timeline import BaseEvent, Event
from grader.observation.copies import with_copies
from grader.observation.fits import read_fits
from grader.observation.graded import choose
from tests.observation.test_fits import NO_CELLS, A, B, C, base, event, fit, layer


def made(*digests: str) -> Event:
    """A base of two layers, known by the digest of its weights."""
    return base(2, [3, 4]).model_copy(update={"weights_digest": combined_digest(digests)})


def trained(first: str = A, second: str = B, uid: int = 50) -> Event:
    """A model whose parts have identities of their own."""
    return fit(
        uid, layer("base", uid + 1, False), layer("base/a", uid + 2, False, first, first),
        layer("base/b", uid + 3, False, second, second), layer("head", uid + 4, True, A, C),
    )  # fmt: skip


def copied(events: tuple[Event, ...]) -> list[tuple[int, list[int]]]:
    return [(each.uid, each.layers) for each in events if isinstance(each, BaseEvent) and each.uid != 2]


def test_a_clone_with_the_weights_of_the_base_contains_it() -> None:
    events = with_copies([made(A, B), trained()])
    assert copied(events) == [(51, [52, 53])]
    (observed,) = read_fits(events, NO_CELLS)
    assert observed.fit.contains_base
    assert observed.fit.base is not None
    assert (observed.fit.base.frozen, observed.fit.base.moved) == ("yes", False)
    chosen = choose([observed], events)
    assert chosen is not None
    assert chosen.reason == "It is the model that was trained last and contains the pre-trained base."


def test_other_weights_are_no_copy_of_it() -> None:
    assert copied(with_copies([made(A, B), trained(first=C)])) == []


def test_weights_that_were_loaded_into_the_base_count() -> None:
    loaded = event(
        event="base_weights", uid=2, weights="x.h5", weights_digest=combined_digest([C, B]), substituted=False
    )
    assert copied(with_copies([made(A, B), loaded, trained(first=C)])) == [(51, [52, 53])]


def test_a_model_that_contains_the_base_itself_has_no_copy() -> None:
    own = fit(1, layer("base", 2, False), layer("base/a", 3, False, A, A), layer("base/b", 4, False, B, B))
    assert with_copies([made(A, B), own]) == (made(A, B), own)


def test_a_copy_stays_one_when_it_is_fine_tuned() -> None:
    later = trained().model_copy(update={"layers": trained(C, B).layers})  # type: ignore[union-attr]
    events = with_copies([made(A, B), trained(), later])
    assert len(copied(events)) == 1
    assert [each.fit.contains_base for each in read_fits(events, NO_CELLS)] == [True, True]
