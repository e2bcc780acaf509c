"""P2, P3: student code goes for the key that signs, and for the results that were kept."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.batch.reference import cached_reference, keep_reference, reference_file
from grader.evidence.model import Reference
from grader.execution.sandbox import bubblewrap_works
from grader.provenance.key_store import own_key_file, signing_key
from tests.execution.notebooks import empty_pack, run_cells


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder outside /tmp, which every sandbox hides anyway."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="lab-home-") as folder:
        monkeypatch.setenv("GRADER_HOME", folder)
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.attack("P2")
@pytest.mark.attack("P3")
@pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")
def test_student_code_finds_neither_the_key_nor_the_kept_results(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = signing_key()
    honest = Reference(accuracy=0.9, examples=200, digest="a" * 64)
    keep_reference(honest, key)
    monkeypatch.setenv("GRADER_KEY", str(own_key_file()))
    kept = reference_file(honest.digest)
    digest = hashlib.sha256(own_key_file().read_bytes()).hexdigest()
    pack = empty_pack(home / "packs" / "p")
    ran = run_cells(
        f"""
        import os
        from pathlib import Path
        pack, key, kept = Path({str(pack.visible)!r}), Path({str(own_key_file())!r}), Path({str(kept)!r})
        for path in (key, pack / "../../../keys/signing.pem", kept):
            try:
                print("read", len(path.read_bytes()))
            except OSError as problem:
                print(type(problem).__name__)
        for path in (key, kept):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("mine")
            except OSError:
                pass
        """,
        f"""
        import hashlib
        found = 0
        for file in Path("/proc").glob("[0-9]*/environ"):
            try:
                found += b"GRADER_" in file.read_bytes()
            except OSError:
                pass
        for root in ("/var", "/home", "/root", "/etc", "/run"):
            for folder, _, names in os.walk(root):
                for name in names:
                    if not Path(folder, name).is_file():
                        continue
                    try:
                        start = Path(folder, name).open("rb").read(1000)
                        found += hashlib.sha256(start).hexdigest() == {digest!r}
                    except OSError:
                        pass
        print("GRADER_KEY" in os.environ, found)
        """,
        pack=pack, sandbox="bubblewrap",
    )  # fmt: skip
    assert ran.outcome.status == "completed"
    assert "read" not in ran.printed[0]
    assert ran.printed[1] == "False 0\n"
    assert signing_key().public == key.public
    assert cached_reference(honest.digest, key) == honest
