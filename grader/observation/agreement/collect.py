"""All contradictions of one submission."""

from __future__ import annotations

from grader.evidence.model import Contradiction
from grader.observation.agreement.case import Case
from grader.observation.agreement.log import check_cells, check_log
from grader.observation.agreement.measured import check_measured
from grader.observation.agreement.stated import check_stated
from grader.observation.agreement.structure import check_structure
from grader.observation.agreement.training import check_training
from grader.observation.agreement.weights import check_weights

CHECKS = (check_log, check_cells, check_training, check_stated, check_weights, check_structure, check_measured)

MOST = 20
"""More than this tells a reader nothing new."""


def contradictions(case: Case) -> tuple[Contradiction, ...]:
    """Every disagreement, in the order of the checks; each said once."""
    found = [each for check in CHECKS for each in check(case)]
    return tuple(dict.fromkeys(found))[:MOST]
