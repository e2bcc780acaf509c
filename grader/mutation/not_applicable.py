"""Why a variant cannot be made from this reference, or means nothing under this rubric."""

from __future__ import annotations


class NotApplicable(Exception):  # noqa: N818
    """Carries the reason, as a phrase such as `no rotation in the reference`."""
