"""Ed25519 keys (RFC 8032): the instructor signs with the one half, anybody checks with the other."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from grader.errors import KeyFileError

PREFIX = "ed25519:"
_TEXT = re.compile(r"ed25519:([A-Za-z0-9+/]{43}=)")


@dataclass(frozen=True)
class PublicKey:
    """What others need in order to check a signature. `raw` is 32 bytes."""

    raw: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey | None:
        """The key written as `ed25519:` and 44 characters of base64; None for any other text."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            return None
        raw = base64.b64decode(found[1])
        # The last character carries unused bits: only one of its spellings is this key's.
        return cls(raw) if cls(raw).text == found[0] else None

    @property
    def text(self) -> str:
        """One line that can be put on a web page."""
        return PREFIX + base64.b64encode(self.raw).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """Short enough to compare by eye: the first 16 hexadecimal digits of the key's SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verifies(self, purpose: str, content: bytes, signature: str) -> bool:
        """Whether `signature` (base64) was made for that purpose and content with this key."""
        try:
            raw = base64.b64decode(signature, validate=True)
            Ed25519PublicKey.from_public_bytes(self.raw).verify(raw, _message(purpose, content))
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return base64.b64encode(raw).decode("ascii") == signature


@dataclass(frozen=True)
class SigningKey:
    """The secret half. Its representation shows nothing of it."""

    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> SigningKey:
        """A fresh key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, content: bytes, where: str) -> SigningKey:
        """Read an unencrypted PKCS #8 file.

        Raises:
            KeyFileError: something else; says nothing of the content.
        """
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise KeyFileError(
                expected="a signing key: an Ed25519 private key in PEM, without a password",
                received="something else", where=where, todo="`grader key new --out FILE` makes one.",
            ) from problem  # fmt: skip
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(
                expected="an Ed25519 key", received="a key of another kind", where=where,
                todo="`grader key new --out FILE` makes one.",
            )  # fmt: skip
        return cls(key)

    @property
    def pem(self) -> bytes:
        """For the key file, and for nothing else."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @functools.cached_property
    def public(self) -> PublicKey:
        """The half that may be shown."""
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return PublicKey(raw)

    def sign(self, purpose: str, content: bytes) -> str:
        """A signature in base64. It holds for this purpose only: a signed cache entry is no signed report."""
        return base64.b64encode(self.private.sign(_message(purpose, content))).decode("ascii")


def _message(purpose: str, content: bytes) -> bytes:
    return b"lab-grader " + purpose.encode("ascii") + b"\n" + content
