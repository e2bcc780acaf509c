"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No test asserts on timing, hypothesis's own deadline included: machines are noisy. In CI the examples are the same in
# every run, so that a change is judged by itself; elsewhere they are new each time, so that something is found.
settings.register_profile(
    "lab", deadline=None, derandomize=os.environ.get("CI") == "true", suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lab")
