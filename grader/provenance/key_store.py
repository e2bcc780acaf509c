"""Where keys lie: `keys/` of the data folder, made on first use, readable by its owner only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.assets.locate import data_home
from grader.errors import KeyFileError, UsageError, in_words
from grader.provenance.files import private_folder, read_file, read_with_mode, write_private
from grader.provenance.keys import PublicKey, SigningKey

MAXIMUM_KEY_BYTES = 16 << 10


def keys_home() -> Path:
    """The folder of keys. No sandbox shows it."""
    return data_home() / "keys"


def own_key_file() -> Path:
    """The key that is used when none is named."""
    return keys_home() / "signing.pem"


def read_signing_key(path: Path) -> SigningKey:
    """The key in that file.

    Raises:
        UsageError: no readable file.
        KeyFileError: no key, or one that others on this machine can read too.
    """
    content, mode = read_with_mode(path, MAXIMUM_KEY_BYTES)
    if mode & 0o077:
        raise KeyFileError(
            expected="a signing key that only you can read", received=f"permissions {mode:o}", where=path,
            todo=f"Say `chmod 600 {path}`; if others may have read it, make a new one with `grader key new`.",
        )  # fmt: skip
    return SigningKey.from_pem(content, str(path))


def signing_key(given: Path | None = None) -> SigningKey:
    """The key in `given`, or this data folder's own one, which is made when there is none yet.

    Raises:
        UsageError, KeyFileError: the file named, or the one found, cannot be used.
    """
    if given is not None:
        return read_signing_key(given)
    path = own_key_file()
    try:
        if not path.exists():
            private_folder(path.parent)
            write_private(path, SigningKey.new().pem, replace=False)  # lost a race: then the other's key is ours
    except OSError as problem:
        raise UsageError(
            expected="a place for the signing key", received=in_words(problem), where=path,
            todo="Name a key with --key FILE, or a folder you can write to in GRADER_HOME.",
        ) from problem  # fmt: skip
    return read_signing_key(path)


def new_key(out: Path | None, *, replace: bool) -> tuple[SigningKey, Path]:
    """Make a key, in `out` or as this data folder's own. A replaced one is forgotten but for its public half.

    Raises:
        UsageError: there is one already and it is not to be replaced.
    """
    path = own_key_file() if out is None else out
    if out is None:
        private_folder(path.parent)
    if replace and out is None and path.exists():
        _remember_former(read_signing_key(path).public)
    key = SigningKey.new()
    try:
        written = write_private(path, key.pem, replace=replace)
    except OSError as problem:
        raise UsageError(expected="a folder to write to", received=in_words(problem), where=path.parent) from problem
    if not written:
        raise UsageError(
            expected="no key yet", received="a key", where=path,
            todo="Reports signed with it would be signed by an unknown key. Say --replace if that is what you want.",
        )  # fmt: skip
    return key, path


@dataclass(frozen=True)
class FormerKey:
    """A public key that was this data folder's own until `replaced` (ISO 8601, UTC)."""

    key: PublicKey
    replaced: str


def former_key(key: PublicKey) -> FormerKey | None:
    """What is remembered of a replaced key, if it was ours."""
    path = _former_file(key)
    try:
        text, _, replaced = read_file(path, MAXIMUM_KEY_BYTES).decode("utf-8", "replace").partition("\n")
    except UsageError:
        return None
    return FormerKey(key, replaced.strip()) if PublicKey.parse(text) == key else None


def _remember_former(key: PublicKey) -> None:
    path = _former_file(key)
    private_folder(path.parent)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_private(path, f"{key.text}\n{now}\n".encode(), replace=True)


def _former_file(key: PublicKey) -> Path:
    return keys_home() / "former" / f"{key.fingerprint}.txt"


def trusted_key(given: str | None) -> PublicKey:
    """The public key to believe: given as text or as a file that holds it, else this data folder's own.

    Raises:
        UsageError: none given and none here, or no public key.
    """
    if given is None:
        if not own_key_file().exists():
            raise UsageError(
                expected="a public key to check against", received="none: nothing was signed on this machine yet",
                todo="Ask who graded for the output of `grader key show`, and give it as --key.",
            )  # fmt: skip
        return read_signing_key(own_key_file()).public
    key = PublicKey.parse(given)
    if key is None and not given.startswith("ed25519:"):
        content = read_file(Path(given), MAXIMUM_KEY_BYTES)
        key = PublicKey.parse(content.decode("ascii", "replace"))
        if key is None and b"PRIVATE KEY" in content:
            key = read_signing_key(Path(given)).public
    if key is None:
        raise UsageError(
            expected="a public key such as `grader key show` prints, or a file with one",
            received=repr(given[:80]),
        )  # fmt: skip
    return key
