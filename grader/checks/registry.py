"""All checks by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from grader.checks.accuracy import accuracy
from grader.checks.augmentation import augmentation
from grader.checks.base_without_top import base_without_top
from grader.checks.findings import AnyCheck
from grader.checks.fine_tuning import fine_tuning
from grader.checks.frozen_base import frozen_base
from grader.checks.head import head
from grader.checks.notebook_runs import notebook_runs
from grader.checks.output_and_loss import output_and_loss
from grader.checks.preprocessing import preprocessing
from grader.checks.written_answer import written_answer

_ALL: tuple[AnyCheck, ...] = (
    notebook_runs,
    base_without_top,
    frozen_base,
    fine_tuning,
    augmentation,
    head,
    preprocessing,
    output_and_loss,
    accuracy,
    written_answer,
)

CHECKS: Mapping[str, AnyCheck] = MappingProxyType({each.name: each for each in _ALL})
"""Every check, in the order in which a lab is usually judged."""
