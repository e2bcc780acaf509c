"""Failed cells: whose fault each one is."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Sequence

from grader.evidence.model import Cell, CellError, Place
from grader.execution.recorder import course_packages
from grader.execution.recorder.stand_in_folders import OTHER_MACHINE
from grader.execution.run import CellOutcome
from grader.observation.saving import own_folder_missing
from grader.source.plain import cell_magic, written_line

NO_NETWORK = "there is no network while grading"
"""Begins the message of `grader.execution.recorder.offline`."""

NETWORK = re.compile(
    r"name resolution|Name or service not known|Network is unreachable|nodename nor servname|Max retries exceeded|"
    r"Failed to establish a new connection|Could not resolve host|NameResolutionError|URL fetch failure"
)
"""What other ways to the network say in the sandbox, where there is none."""

MISSING_TOOLS = ("pydot", "graphviz", "Graphviz")

FROM_SHORTENING = re.compile(
    r"dimension|shape|length|len\(|size|index|out of range|empty|division|divide|ran out of data|not enough values|"
    r"cardinality|zero-size|must have|KeyError|val_",
    re.IGNORECASE,
)
"""Words in the messages of errors that a shorter training run can cause: something is smaller than expected."""

FROM_LACKING = re.compile(
    r"FileNotFoundError|NotADirectoryError|NotFoundError|BadZipFile|No such file|No images found|Found 0 |zero-size|"
    r"list index out of range|Cannot choose from an empty|n_samples=0|num_samples|is not a file|cannot identify image|"
    r"must be greater than 0|not a zip file|(?<![._])\bempty\b|does not exist|No file or directory",
)
"""Words in the messages of errors that follow where data could not be fetched, or a cell that writes a file failed."""

FROM_OTHER_SIZE = re.compile(r"[Cc]annot reshape|is out of bounds|index out of range|values, but the requested shape")
"""Words in the messages of errors that follow where a stand-in holds fewer pictures than the notebook counts on."""

MISSING_FILE = ("FileNotFoundError", "OSError", "NotFoundError", "NotADirectoryError")
QUOTED = re.compile(r"['\"]([^'\"\n]{1,500})['\"]")
ASKED_FOR = re.compile(r"Unable to allocate (\d{1,12}(?:\.\d{0,6})?) (\w{1,5}) for")
MOST_MEMORY = {"TiB": 0.0, "PiB": 0.0, "EiB": 0.0, "GiB": 64.0}
"""What a single array may ask for before it is the notebook's own mistake, by the unit NumPy tells it in."""
NEVER_COMPILED = re.compile(r"compile\(\)|must compile your model")
MISSING_MAGIC = re.compile(r"magic function `%{1,2}(?:tensorboard|tensorflow_version)` not found")

OTHER_LAYER = re.compile(r"incompatible with the layer|[Dd]imensions must be equal")
"""Words of errors that no number of steps or pictures causes: data and model do not fit."""

TWO_SHAPES = re.compile(
    r"target\.shape=\(([^()]{0,80})\), output\.shape=\(([^()]{0,80})\)|"
    r"[Ss]hapes? \(([^()]{0,80})\) and \(([^()]{0,80})\) are incompatible|"
    r"must have the same shape, received \(\(([^()]{0,80})\) vs \(([^()]{0,80})\)\)"
)
"""How Keras 3 and Keras 2 say that answers and labels do not fit."""

NEVER_FROM_SHORTENING = (
    "NameError", "SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError", "FileNotFoundError",
)  # fmt: skip

PACKAGES_OF_COURSES = course_packages.NAMES | {
    "google", "jax", "keras_hub", "keras_nlp", "tensorflow_datasets", "tf_keras", "torch", "torchvision",
}  # fmt: skip
"""Packages that notebooks of such labs import and Colab has. Where one is missing, this machine lacks it."""

PIP_INSTALL = re.compile(r"^[ \t]*(?:[!%][ \t]*)?pip3?[ \t]+install[ \t]+([^\n]{1,500})", re.MULTILINE)
PACKAGE = re.compile(r"(?<!\S)([A-Za-z0-9][A-Za-z0-9_.-]{0,99})(?:\[[^\]\s]{0,99}\])?(?:[=<>~!][^\s]{0,99})?(?!\S)")

MISSING_MODULE = re.compile(r"No module named '([A-Za-z0-9_]{1,100})")

LOGGED = re.compile(r"-+> *\d{1,6} [^\n]{0,500}\bhist[^\n]{0,500}\[[\"']([^\"'\]\n]{1,100})[\"']\]", re.IGNORECASE)
"""A line of a traceback on which a value is looked up by name in what a training logged."""

RATES_LOGGED = ("lr", "learning_rate")
"""What callbacks log beside losses and metrics, not in every epoch."""

UNDEFINED = re.compile(r"name '([^']{1,200})' is not defined")

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

_TIMED = re.compile(r"File <(?:timed exec|timed eval|magic-timeit)>:(\d{1,6})")


def read_errors(
    outcomes: Sequence[CellOutcome],
    cells: Sequence[Cell],
    shortened_from: int | None,
    lacking_from: int | None = None,
    asked: Collection[str] = (),
    logged: Collection[str] = (),
) -> tuple[CellError, ...]:
    """Errors in order, each marked as ours where this machine caused it.

    A name that is missing because a cell failed for our reasons is our fault as well: one failure, told once.

    Args:
        shortened_from: Number of the first code cell with a shortened call, if there was one.
        lacking_from: Number of the first code cell that asked for data which the asset pack does not hold, if any.
        asked: What was asked for and is not in the asset pack: files, folders, addresses, names of data sets.
        logged: Names of all that the recorded trainings logged for an epoch: losses and metrics.
    """
    by_position = {cell.position: cell for cell in cells}
    installed = installed_packages(cells)
    lost_through_us: set[str] = set()
    lost: list[Cell] = []
    errors = []
    for outcome in outcomes:
        if outcome.ok:
            continue
        cell = by_position[outcome.position]
        text = f"{outcome.error_value} {outcome.traceback}"
        ours = (
            NO_NETWORK in text
            or NETWORK.search(text) is not None
            or any(tool in outcome.error_value for tool in MISSING_TOOLS)
            or _memory_short(outcome)
            or MISSING_MAGIC.search(outcome.error_value) is not None
            or _package_missing(outcome, installed)
            or _follows(outcome, lost, lost_through_us)
        )
        named = f"{outcome.error_name} {outcome.error_value}"
        line = _failing_line(outcome.traceback, cell)
        saving = own_folder_missing(cell.source.split("\n")[line - 1], outcome.error_value, asked)
        if lacking_from is not None and outcome.code_cell >= lacking_from and not saving:
            ours = ours or FROM_LACKING.search(named) is not None or FROM_OTHER_SIZE.search(named) is not None
        ours = ours or (not saving and _elsewhere(outcome))
        if ours:
            lost_through_us |= assigned_names(cell.source)
            lost.append(cell)
        shortened = (
            shortened_from is not None
            and outcome.code_cell >= shortened_from
            and outcome.error_name not in NEVER_FROM_SHORTENING
            and OTHER_LAYER.search(outcome.error_value) is None
            and not _other_than_in_number(outcome.error_value)
            and not _never_logged(outcome, logged)
            and FROM_SHORTENING.search(f"{outcome.error_name} {outcome.error_value}") is not None
        )
        errors.append(
            CellError(
                name=outcome.error_name, value=outcome.error_value, traceback=outcome.traceback, ours=ours,
                place=Place(cell=outcome.position, code_cell=outcome.code_cell, first_line=line, last_line=line),
                after_shortened_call=shortened,
            )
        )  # fmt: skip
    return tuple(errors)


def _other_than_in_number(message: str) -> bool:
    """Whether labels and answers differ in more than how many there are, which is all that shortening changes."""
    found = TWO_SHAPES.search(message)
    if found is None:
        return False
    one, other = (shape.replace(" ", "").rstrip(",").split(",")[1:] for shape in found.groups() if shape is not None)
    return one != other


def _never_logged(outcome: CellOutcome, logged: Collection[str]) -> bool:
    """Whether a metric is looked up by a name that no epoch has: every epoch logs the same names, the first as well."""
    if outcome.error_name != "KeyError" or "loss" not in logged:
        return False
    key = outcome.error_value.strip().strip("\"'")
    if key in logged or key in RATES_LOGGED or key not in LOGGED.findall(ESCAPES.sub("", outcome.traceback)):
        return False
    # A validation every other epoch is not seen in one epoch; where it was, it has all its names.
    return not key.startswith("val_") or any(name.startswith("val_") for name in logged)


def _follows(outcome: CellOutcome, lost: Sequence[Cell], names: set[str]) -> bool:
    """Whether an error follows from cells that failed through us: a name, a file, or a `compile` is missing."""
    if outcome.error_name == "NameError":
        undefined = UNDEFINED.search(outcome.error_value)
        return undefined is not None and undefined[1] in names
    if not lost:
        return False
    if NEVER_COMPILED.search(outcome.error_value):
        return any(".compile(" in cell.source for cell in lost)
    if "File not found: filepath=" in outcome.error_value:
        return True
    return outcome.error_name in MISSING_FILE and FROM_LACKING.search(outcome.error_value) is not None


def _elsewhere(outcome: CellOutcome) -> bool:
    """Whether a file is missing that lies on another machine: on Drive, among Kaggle's input, in somebody's home."""
    if outcome.error_name not in MISSING_FILE:
        return False
    return any(OTHER_MACHINE.match(name) for name in QUOTED.findall(outcome.error_value))


def _memory_short(outcome: CellOutcome) -> bool:
    """Whether memory ran out that other machines have: how much a notebook gets here is ours to say."""
    if outcome.error_name == "ResourceExhaustedError" or "could not create a memory object" in outcome.error_value:
        return True
    if outcome.error_name not in ("MemoryError", "_ArrayMemoryError"):
        return False
    asked = ASKED_FOR.search(outcome.error_value)
    return asked is None or float(asked[1]) <= MOST_MEMORY.get(asked[2], 1e9)


def _package_missing(outcome: CellOutcome, installed: Collection[str]) -> bool:
    """A well-known package is not installed here, or one that the notebook installs itself, for which there is no
    network. Any other is the student's: misspelt or made up."""
    missing = MISSING_MODULE.search(outcome.error_value) if outcome.error_name == "ModuleNotFoundError" else None
    return missing is not None and (missing[1] in PACKAGES_OF_COURSES or missing[1].lower() in installed)


def installed_packages(cells: Iterable[Cell]) -> frozenset[str]:
    """What the notebook installs with pip, spelled as modules are."""
    lines = (line for cell in cells if cell.kind == "code" for line in PIP_INSTALL.findall(cell.source))
    return frozenset(name.lower().replace("-", "_") for line in lines for name in PACKAGE.findall(line))


def assigned_names(source: str) -> set[str]:
    """Names a cell would have bound at its top level; empty where it does not parse."""
    try:
        tree = ast.parse(re.sub(r"(?m)^[ \t]*[!%].*$", "", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    for node in tree.body:
        names |= set(_bound(node))
    return names


def _bound(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id


def _failing_line(traceback: str, cell: Cell) -> int:
    """The line of the cell named in IPython's traceback, else 1."""
    plain = ESCAPES.sub("", traceback)
    found = re.search(r"Cell In\[\d{1,6}\], line (\d{1,6})", plain)
    line = int(found[1]) if found else 1
    inside = _TIMED.search(plain) if cell_magic(cell.source.split("\n")) is not None else None
    if inside is not None:
        # Lines below `%%time` are counted from there.
        line = 1 + int(inside[1])
    line = written_line(cell.source, line)
    return line if line <= cell.source.count("\n") + 1 else 1
