"""How far a training call runs inside the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Policy:
    """`full` leaves every call alone; `capped` runs one epoch of a few steps, enough to prove that it trains."""

    name: str
    steps_per_call: int

    @property
    def shortens(self) -> bool:
        """Whether calls are cut short at all."""
        return self.name == "capped"

    @property
    def steps_in_a_call(self) -> int | None:
        """How many steps a call is cut down to; None for calls in full."""
        return self.steps_per_call if self.shortens else None

    def fit_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments a `fit` really gets."""
        if not self.shortens:
            return arguments
        start = arguments.get("initial_epoch") or 0
        shortened = {**arguments, "epochs": min(epochs_asked(arguments), start + 1)}
        shortened["steps_per_epoch"] = self._fewer(arguments.get("steps_per_epoch"))
        if arguments.get("validation_data") is not None:
            shortened["validation_steps"] = self._fewer(arguments.get("validation_steps"))
        return shortened

    def evaluate_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments an `evaluate` really gets."""
        if not self.shortens:
            return arguments
        return {**arguments, "steps": self._fewer(arguments.get("steps"))}

    def _fewer(self, asked: int | None) -> int:
        return min(asked or self.steps_per_call, self.steps_per_call)


def epochs_asked(arguments: dict[str, Any]) -> int:
    """The `epochs` of a `fit`; 0 is 0, and trains nothing."""
    given = arguments.get("epochs")
    return 1 if given is None else int(given)


def stretch_history(history: Any, initial_epoch: int, epochs: int) -> None:
    """Give a shortened run's `History` the length that the notebook's own plots expect.

    The last value is repeated. What really ran has been recorded before; this only keeps
    `plt.plot(range(EPOCHS), history.history["accuracy"])` from failing because of us.
    """
    wanted = epochs - initial_epoch
    if wanted <= 1:
        return
    for values in history.history.values():
        if values:
            values.extend([values[-1]] * (wanted - len(values)))
    history.epoch = list(range(initial_epoch, epochs))
