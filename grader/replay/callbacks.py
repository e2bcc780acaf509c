"""Which of Keras' own callbacks leave a training what a replay without them is, and which would end or still it."""

from __future__ import annotations

from grader.execution.timeline import CallEntry, MonitorEntry

HARMLESS = frozenset({"ModelCheckpoint", "TensorBoard", "CSVLogger", "ProgbarLogger", "History", "TerminateOnNaN"})
"""They save or show something."""

MONITORS = frozenset({"EarlyStopping", "ReduceLROnPlateau"})
"""They end a training, or lower its learning rate, when nothing is gained any more: if they are set to do that."""

LEAST_PATIENCE = 1
"""With none, one epoch by chance no better than the last ends a training that was still gaining."""
MOST_DELTA = 0.1
"""An epoch that gains less than this counts as none: more than that, and a training ends while it still gains."""
LEAST_FACTOR = 0.05
"""Of a learning rate, each time that it is lowered (Keras' own is 0.1)."""

_WORDS = {"less": "lower", "greater": "higher", None: "strange"}


def may_change(call: CallEntry) -> str | None:
    """The first callback for which a training may have ended elsewhere than without it, and why."""
    for name in call.callbacks:
        if name not in HARMLESS | MONITORS:
            return name
    if len(call.monitors) < sum(name in MONITORS for name in call.callbacks):
        return "one whose settings were not recorded"
    return next((why for why in map(_unusual, call.monitors) if why is not None), None)


def _unusual(monitor: MonitorEntry) -> str | None:
    name, better = monitor.monitor.removeprefix("val_"), monitor.better
    wanted = "less" if "loss" in name or "error" in name else "greater"
    if better != wanted:
        return f"{monitor.name}, to which a {_WORDS[better]} {name} is better"
    if monitor.baseline is not None:
        return f"{monitor.name} with a baseline"
    if monitor.patience is None or not monitor.patience >= LEAST_PATIENCE:
        return f"{monitor.name} without patience"
    if monitor.min_delta is None or not abs(monitor.min_delta) <= MOST_DELTA:
        return f"{monitor.name}, to which a gain below {abs(monitor.min_delta or 0):g} is none"
    if monitor.factor is not None and not monitor.factor >= LEAST_FACTOR:
        return f"{monitor.name}, times {monitor.factor:g}"
    return None
