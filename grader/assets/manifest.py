"""Reading and writing pack.toml. A mistake is reported with file, line and what was expected."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.assets.pack import MANIFEST, AssetPack, HeldOutFile, PackFile
from grader.errors import AssetError

MAX_MANIFEST = 8 * 1024 * 1024
SCHEMA = 1
TABLES = {"file": "files", "heldout": "heldout_files"}
"""Arrays of tables in the file → fields of `AssetPack`."""
FORM = "See docs/asset-packs.md for the form of a manifest."


def load_pack(folder: Path, *, check_files: bool = True) -> AssetPack:
    """Read a pack's manifest.

    Args:
        folder: The folder that holds pack.toml.
        check_files: Also check that every visible file is there with its size, not behind a link. (Checksums
            are `verify`'s business.)

    Raises:
        AssetError: No manifest, a wrong one (with its line), or a file that is missing or of another size.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > MAX_MANIFEST:
            raise AssetError(expected=f"a manifest of at most {MAX_MANIFEST:,} bytes", received="more", where=path)
        content = path.read_bytes()
    except OSError as error:
        raise AssetError(
            expected="an asset pack: a folder with a readable pack.toml",
            received=error.strerror or type(error).__name__,
            where=path,
            todo="Give a pack's folder or name; `grader assets list` shows the names.",
        ) from error
    pack = parse(content, folder)
    if check_files:
        _check_files(pack)
    return pack


def parse(content: bytes, folder: Path) -> AssetPack:
    """Make an `AssetPack` of a manifest's bytes; `folder` is where it belongs. Reads no other file.

    Raises:
        AssetError: With file and line of the first mistake.
    """
    path = folder / MANIFEST
    try:
        text = content.decode("utf-8")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also Python's limit on the digits of an integer
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        where = f"{path}:{found[1]}" if found else str(path)
        raise AssetError(expected="TOML in UTF-8", received=str(error), where=where, todo=FORM) from error
    if data.pop("schema", None) != SCHEMA:
        line = _line_of(text, ("schema",))
        raise AssetError(expected=f"`schema = {SCHEMA}`", received="another or none", where=f"{path}:{line}", todo=FORM)
    for key in ("folder", "digest", *TABLES.values()):
        # Fields of `AssetPack` that no manifest spells so: where it lies, what it is, and the two tables.
        if key in data:
            line = _line_of(text, (key,))
            raise AssetError(expected="no such key", received=f"`{key}`", where=f"{path}:{line}", todo=FORM)
    fields = {TABLES.get(key, key): value for key, value in data.items()}
    try:
        pack = AssetPack.model_validate({**fields, "folder": folder, "digest": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        first = error.errors()[0]
        line = _line_of(text, first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        received = "nothing" if first["type"] == "missing" else repr(first["input"])[:120]
        place = ".".join(str(part) for part in first["loc"])
        raise AssetError(expected=f"{place}: {reason}", received=received, where=f"{path}:{line}", todo=FORM) from error
    _check_together(pack, text)
    return pack


def _line_of(text: str, place: Sequence[int | str]) -> int:
    """The line (from 1) of a value: of its key if that is found, else of its table, else the first."""
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    table = {field: name for name, field in TABLES.items()}.get(str(place[0])) if len(place) > 1 else None
    wanted = place[1] if table is not None and isinstance(place[1], int) else None
    lines = text.splitlines()
    seen, start = -1, None if wanted is not None else 0
    for number, line in enumerate(lines):
        if table is not None and re.match(rf"\s*\[\[\s*{table}\s*\]\]", line):
            seen += 1
            if seen == wanted:
                start = number
    if start is None:
        return 1
    for number in range(start, len(lines)):
        if re.match(rf"\s*(\[\[\s*)?{re.escape(key)}\s*(=|\]\])", lines[number]):
            return number + 1
        if number > start and lines[number].lstrip().startswith("["):
            break
    return start + 1


def _check_together(pack: AssetPack, text: str) -> None:
    """What one entry alone cannot show: names given twice, held-out classes that are none."""
    where = pack.folder / MANIFEST
    for field in ("path", "cache_names", "urls"):
        owners: set[str] = set()
        for index, file in enumerate(pack.files):
            value = getattr(file, field)
            for item in (value,) if isinstance(value, str) else value:
                # Compared without case: the pack may lie on a disk that ignores it.
                if item.lower() in owners:
                    line = _line_of(text, ("files", index, field))
                    raise AssetError(expected=f"each {field} once", received=repr(item), where=f"{where}:{line}")
                owners.add(item.lower())
    held: set[str] = set()
    for index, image in enumerate(pack.heldout_files):
        line_place = ("heldout_files", index, "path")
        if image.label not in pack.classes:
            line = _line_of(text, line_place)
            expected = f"a held-out image in one of {', '.join(pack.classes)}"
            raise AssetError(expected=expected, received=repr(image.path), where=f"{where}:{line}")
        if image.path.lower() in held:
            line = _line_of(text, line_place)
            raise AssetError(expected="each path once", received=repr(image.path), where=f"{where}:{line}")
        held.add(image.path.lower())


def _check_files(pack: AssetPack) -> None:
    root = pack.visible.resolve()
    for file in pack.files:
        path = pack.path_of(file)
        todo = "Make the pack again, or see `grader assets verify`."
        if not path.is_file():
            raise AssetError(expected=f"the file that {MANIFEST} lists", received="no such file", where=path, todo=todo)
        if not path.resolve().is_relative_to(root):
            received = "a link out of the pack"
            raise AssetError(expected="a file inside the pack", received=received, where=path, todo=todo)
        size = path.stat().st_size
        if size != file.bytes:
            raise AssetError(expected=f"{file.bytes:,} bytes", received=f"{size:,}", where=path, todo=todo)


def render(
    *,
    name: str,
    imagenet: bool,
    notice: str,
    recipe: str,
    classes: Sequence[str],
    files: Sequence[PackFile],
    heldout: Sequence[HeldOutFile],
) -> bytes:
    """The manifest's bytes. `parse` of them gives the same values back."""
    head: dict[str, Any] = {"schema": SCHEMA, "name": name, "imagenet": imagenet, "notice": notice}
    head |= {"recipe": recipe, "classes": list(classes)}
    blocks = [_table(head)]
    blocks += ["[[file]]\n" + _table(file.model_dump(exclude_defaults=True)) for file in files]
    blocks += ["[[heldout]]\n" + _table(image.model_dump()) for image in heldout]
    return "\n".join(blocks).encode("utf-8")


def _table(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
