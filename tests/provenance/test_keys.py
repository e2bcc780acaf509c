"""Keys: made on first use, kept from others, shown only by their public half."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from grader.cli import cli
from grader.errors import KeyFileError, UsageError
from grader.provenance.key_store import former_key, own_key_file, read_signing_key, signing_key, trusted_key
from grader.provenance.keys import PublicKey, SigningKey


def grader(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_the_first_use_makes_a_key_that_only_its_owner_can_read(home: Path) -> None:
    key = signing_key()
    file = home / "keys" / "signing.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert signing_key().public == key.public
    assert [path.name for path in file.parent.iterdir()] == ["signing.pem"]


def test_several_first_uses_at_once_agree_on_one_key() -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: signing_key().public.text, range(16)))
    assert len(keys) == 1


def test_a_key_that_others_can_read_is_refused() -> None:
    signing_key()
    own_key_file().chmod(0o644)
    with pytest.raises(KeyFileError, match=r"only you can read.*Received permissions 644.*chmod 600"):
        signing_key()


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_an_error_that_says_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(KeyFileError, match="grader key new"):
        read_signing_key(file)


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import x25519

    pem = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(KeyFileError, match="an Ed25519 key"):
        SigningKey.from_pem(pem, "key")


def test_a_pipe_in_place_of_a_key_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="Expected a file"):
        read_signing_key(tmp_path / "pipe")


def test_nothing_secret_is_in_the_representation() -> None:
    key = SigningKey.new()
    assert repr(key) == "SigningKey()"


def test_show_prints_the_public_key_alone() -> None:
    key = signing_key()
    done = grader("key", "show")
    assert done.exit_code == 0
    assert done.stdout == key.public.text + "\n"
    assert "PRIVATE" not in done.output


def test_show_without_a_key_says_what_to_do_and_makes_none(home: Path) -> None:
    done = grader("key", "show")
    assert isinstance(done.exception, UsageError)
    assert "grader key new" in str(done.exception)
    assert not home.exists()


def test_a_key_for_ci_lies_where_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ci.pem"
    made = grader("key", "new", "--out", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("GRADER_KEY", str(file))
    assert grader("key", "show").stdout == made.stdout
    assert not own_key_file().exists()


def test_a_key_is_replaced_only_when_that_is_said_and_is_then_remembered() -> None:
    old = signing_key().public
    assert "--replace" in str(grader("key", "new").exception)
    assert signing_key().public == old
    assert grader("key", "new", "--replace").exit_code == 0
    assert signing_key().public != old
    remembered = former_key(old)
    assert remembered is not None
    assert remembered.replaced.endswith("+00:00")
    assert former_key(SigningKey.new().public) is None


def test_a_public_key_is_given_as_text_or_as_a_file(tmp_path: Path) -> None:
    key = SigningKey.new()
    (tmp_path / "public.txt").write_text(f"{key.public.text}\n")
    (tmp_path / "secret.pem").write_bytes(key.pem)
    (tmp_path / "secret.pem").chmod(0o600)
    for text in (key.public.text, str(tmp_path / "public.txt"), str(tmp_path / "secret.pem")):
        assert trusted_key(text) == key.public
    for wrong in ("ed25519:AAAA", str(tmp_path / "none"), str(tmp_path), "\0", ""):
        with pytest.raises(UsageError):
            trusted_key(wrong)


@given(st.one_of(st.text(max_size=80), st.binary(min_size=32, max_size=32).map(lambda raw: PublicKey(raw).text)))
def test_a_public_key_has_one_spelling(text: str) -> None:
    key = PublicKey.parse(text)
    assert key is None or key.text == text.strip()


@given(st.binary(max_size=32), st.text(max_size=90))
def test_no_made_up_signature_holds(content: bytes, signature: str) -> None:
    assert not SigningKey.new().public.verifies("report 1", content, signature)


def test_a_signature_holds_for_its_purpose_only() -> None:
    key = SigningKey.new()
    signature = key.sign("reference 1", b"x")
    assert key.public.verifies("reference 1", b"x", signature)
    assert not key.public.verifies("report 1", b"x", signature)
    assert not key.public.verifies("reference 1", b"y", signature)


def test_verify_and_judge_do_without_tensorflow() -> None:
    modules = "grader.provenance.verify, grader.batch.deliver, grader.cli.verify, grader.cli.judge"
    code = f"import sys, {modules}; print(sorted({{'tensorflow', 'keras', 'h5py', 'nbclient'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
