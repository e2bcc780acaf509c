"""Shared features: computed once, believed only when they are what was written, no more than there is room for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import InfrastructureError
from grader.provenance.keys import SigningKey
from grader.replay.cache import FeatureCache

ONE, OTHER = "1" * 64, "2" * 64


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(SigningKey.new(), tmp_path / "features", maximum=100)


def writes(content: bytes, times: list[bytes]) -> Callable[[Path], None]:
    def compute(target: Path) -> None:
        times.append(content)
        target.write_bytes(content)

    return compute


def test_the_second_student_finds_what_the_first_one_needed(cache: FeatureCache) -> None:
    made: list[bytes] = []
    first, before = cache.get(ONE, writes(b"features", made))
    second, after = cache.get(ONE, writes(b"features", made))
    assert (before, after, first, made) == (False, True, second, [b"features"])


def test_two_at_once_wait_for_each_other(cache: FeatureCache) -> None:
    made: list[bytes] = []
    both = [threading.Thread(target=cache.get, args=(ONE, writes(b"features", made))) for _ in range(4)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert made == [b"features"]


@pytest.mark.parametrize("damage", [b"better for me", b""])
def test_features_that_somebody_changed_are_computed_again(cache: FeatureCache, damage: bytes) -> None:
    path, _ = cache.get(ONE, writes(b"features", []))
    path.write_bytes(damage)
    made: list[bytes] = []
    again, shared = cache.get(ONE, writes(b"features", made))
    assert (shared, made, again.read_bytes()) == (False, [b"features"], b"features")


def test_features_put_under_another_name_or_signed_by_another_key_are_not_believed(
    cache: FeatureCache, tmp_path: Path
) -> None:
    path, _ = cache.get(ONE, writes(b"features", []))
    for suffix in (".npz", ".json"):
        (path.parent / f"{OTHER}{suffix}").write_bytes((path.parent / f"{ONE}{suffix}").read_bytes())
    assert cache.get(OTHER, writes(b"others", []))[1] is False
    stranger = FeatureCache(SigningKey.new(), tmp_path / "features")
    assert stranger.get(ONE, writes(b"features", []))[1] is False


def test_what_was_not_used_for_longest_goes(cache: FeatureCache) -> None:
    for digest in (ONE, OTHER, "3" * 64):
        cache.get(digest, writes(b"x" * 40, []))
    assert not (cache.folder / f"{ONE}.npz").exists()
    assert (cache.folder / f"{'3' * 64}.npz").exists()


def test_a_computation_that_fails_leaves_nothing_behind(cache: FeatureCache) -> None:
    with pytest.raises(InfrastructureError):
        cache.get(ONE, lambda _target: None)
    assert list(cache.folder.iterdir()) == []
