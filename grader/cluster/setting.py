"""What is the same for all orders of a batch, as one JSON document that workers read once, by its digest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from grader import __version__
from grader.assets.pack import AssetPack, Sha256
from grader.batch.deciding import environment
from grader.batch.job import Conditions
from grader.cluster.shared_folder import SharedFolder
from grader.errors import InfrastructureError
from grader.evidence.model import Cell, Document, Reference
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox, SandboxName
from grader.provenance.canonical import digest
from grader.provenance.code import program_digest
from grader.rubric.model import Rubric

MAXIMUM_BYTES: Final = 64 << 20
MOST_NAMED: Final = 5


class Program(Document):
    """Which program and libraries grade. Evidence of two workers can be compared only if this is the same."""

    digest: Sha256
    version: str
    python: str
    packages: Annotated[dict[str, str], Field(max_length=5000)]

    def differs(self, other: Program) -> str | None:
        """None, or in words what is not the same there."""
        if self.digest == other.digest:
            return None
        names = sorted({**self.packages, **other.packages})
        different = [
            f"{name} {other.packages.get(name, 'missing')} instead of {self.packages.get(name, 'none')}"
            for name in names
            if self.packages.get(name) != other.packages.get(name)
        ]
        if self.python != other.python:
            different.insert(0, f"Python {other.python} instead of {self.python}")
        if self.version != other.version:
            different.insert(0, f"grader {other.version} instead of {self.version}")
        if not different:
            return f"other files of the grader itself, or other system programs (both say version {self.version})"
        more = f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else ""
        return ", ".join(different[:MOST_NAMED]) + more


def this_program() -> Program:
    """The one that runs here."""
    packages = {found.name: found.version for found in importlib.metadata.distributions() if found.name}
    return Program(
        digest=digest([program_digest(), environment()]), version=__version__, python=platform.python_version(),
        packages=packages,
    )  # fmt: skip


class Setting(Document):
    """Everything that `carry_out` needs but what is alive and where things lie."""

    rubric: Rubric
    policy: str
    steps_per_call: int
    limits: RunLimits
    sandbox: SandboxName
    kernel_start: str
    template: tuple[Cell, ...]
    framework: str
    reference: Reference | None
    pack: Sha256
    program: Sha256

    def conditions(self, pack: AssetPack, scratch: Path) -> Conditions:
        """As a batch on one machine has them, with nothing alive in them yet."""
        return Conditions(
            pack=pack, policy=self.policy, steps_per_call=self.steps_per_call, limits=self.limits,
            sandbox=Sandbox(self.sandbox), questions=self.rubric.questions(), scratch=scratch, template=self.template,
            framework=self.framework,
        )  # fmt: skip


def setting_of(conditions: Conditions, rubric: Rubric, kernel_start: str, reference: Reference | None) -> Setting:
    """What workers have to know of a batch."""
    return Setting(
        rubric=rubric, policy=conditions.policy, steps_per_call=conditions.steps_per_call, limits=conditions.limits,
        sandbox=conditions.sandbox.name, kernel_start=kernel_start, template=conditions.template,
        framework=conditions.framework, reference=reference, pack=conditions.pack.digest,
        program=this_program().digest,
    )  # fmt: skip


def publish_setting(setting: Setting, shared: SharedFolder, scratch: Path) -> str:
    """Put it where workers find it; returns its digest."""
    content = setting.model_dump_json(by_alias=True).encode("utf-8", "replace")
    found = hashlib.sha256(content).hexdigest()
    shared.put_bytes(_name(found), content, scratch)
    return found


def read_setting(found: str, shared: SharedFolder, scratch: Path) -> Setting:
    """Read one by its digest.

    Raises:
        InfrastructureError: it is not what was published. OSError: it is not there.
    """
    path = scratch / f"{found}.json"
    try:
        shared.get(_name(found), path, MAXIMUM_BYTES, found)
        return Setting.model_validate_json(path.read_bytes())
    except ValidationError as problem:
        raise InfrastructureError(
            expected="the setting of a batch", received=str(problem).splitlines()[0], where=_name(found),
            todo="Do all machines have the same version of the grader?",
        ) from problem  # fmt: skip
    finally:
        path.unlink(missing_ok=True)


def _name(found: str) -> str:
    return f"settings/{found}.json"
