"""Replay one submission's training: read what it takes, get the shared features, train and measure in the clean
process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.assets.pack import AssetPack
from grader.errors import InfrastructureError
from grader.evidence.replay import Replay
from grader.execution.sandbox import Sandbox, features_prefix
from grader.models.measuring import MeasuringProcess
from grader.models.measuring_connection import clean_environment
from grader.replay.cache import FeatureCache
from grader.replay.data import image_archive
from grader.replay.feature_process import FeatureRequest
from grader.replay.reading import read_recipe
from grader.replay.recipe import BaseFunction, ReplayRequest
from grader.replay.seen import Seen
from grader.replay.unfit import Unfit

HELD_OUT = "held-out"
FEATURE_SECONDS = 1800.0


class Replayer:
    """Replays trainings of one batch. Safe to share between threads."""

    def __init__(
        self, pack: AssetPack, measuring: MeasuringProcess, cache: FeatureCache, sandbox: Sandbox,
        versions: dict[str, str],
    ) -> None:  # fmt: skip
        """Args:
        versions: of the libraries that compute features.
        """
        self._pack = pack
        self._measuring = measuring
        self._cache = cache
        self._sandbox = sandbox
        self._versions = versions

    def __call__(self, seen: Seen) -> Replay:
        """The replay, or why there is none. Never raises for anything a student handed in."""
        started = time.monotonic()
        try:
            recipe = read_recipe(seen)
        except Unfit as reason:
            return Replay(applies=False, problem=str(reason))
        shared = True
        paths: list[Path] = []
        try:
            for group in (*recipe.groups, HELD_OUT):
                path, before = self._features(recipe.function, group)
                paths.append(path)
                shared = shared and before
        except (InfrastructureError, OSError, subprocess.TimeoutExpired) as problem:
            # Ours, and no reason to lose the submission: its own training can still decide.
            return Replay(applies=False, problem=f"our side failed to prepare it ({problem})"[:800])
        request = ReplayRequest(
            recipe=recipe, training=tuple(paths[:-1]), heldout=paths[-1], classes=len(self._pack.classes),
            measured=None if seen.measurement is None else seen.measurement.accuracy,
        )  # fmt: skip
        try:
            found = self._measuring.replay(request)
        except InfrastructureError as problem:
            return Replay(applies=False, problem=f"our side failed to do it ({problem})"[:800])
        return found.model_copy(
            update={
                "features": recipe.function.key(recipe.groups[0], self._pack.digest, self._versions),
                "features_shared": shared,
                "seconds": round(time.monotonic() - started, 3),
            }
        )

    def _features(self, function: BaseFunction, group: str) -> tuple[Path, bool]:
        digest = function.key(group, self._pack.digest, self._versions)

        def compute(target: Path) -> None:
            # Nothing of a student's is in it, so that only our side can fail: once may be the system, killing it.
            try:
                self._compute(function, group, target)
            except InfrastructureError:
                self._compute(function, group, target)

        return self._cache.get(digest, compute)

    def _compute(self, function: BaseFunction, group: str, target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="features-", dir=self._cache.folder) as folder:
            made = Path(folder) / "features.npz"
            request = FeatureRequest(
                function=function, weights=self._pack.visible / function.weights_file, classes=self._pack.classes,
                archive=None if group == HELD_OUT else image_archive(self._pack), group=group,
                heldout=self._pack.heldout, target=made,
            )  # fmt: skip
            command = [
                *features_prefix(self._sandbox, self._pack, Path(folder)),
                sys.executable, "-m", "grader.replay.feature_process",
            ]  # fmt: skip
            done = subprocess.run(
                command, input=request.model_dump_json().encode(), capture_output=True, timeout=FEATURE_SECONDS,
                check=False, cwd=folder, env=clean_environment(folder), start_new_session=True,
            )  # fmt: skip
            if done.returncode or not made.is_file():
                words = done.stderr.decode("utf-8", "replace").strip()[-600:]
                raise InfrastructureError(
                    expected="features of the lab's images", received=words or f"code {done.returncode}",
                    where=function.backbone, todo="Say `--training full` to do without them.",
                )  # fmt: skip
            made.replace(target)
