"""P2: an old or edited report shown as proof. P3: a shared result cache poisoned."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.assets.verify import require_sound
from grader.batch.reference import cached_reference, keep_reference, reference_file
from grader.cli import cli
from grader.errors import AssetError
from grader.evidence.model import Reference
from grader.provenance.canonical import canonical
from grader.provenance.examine import examine
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.provenance.proof import read_proof, sign
from grader.provenance.signed_report import current_statement, proof_file
from tests.assets.packs import small_pack
from tests.evidence_examples import fit
from tests.provenance.reports import graded, handed_in, mark, notebook, store

HONEST = Reference(accuracy=0.965, examples=200, digest="a" * 64)
EASY = Reference(accuracy=0.5, examples=200, digest="a" * 64)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory."""
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def key() -> SigningKey:
    return signing_key()


def verify(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["verify", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.mark.attack("P2")
def test_p2_a_student_raises_a_mark_on_the_page(tmp_path: Path, key: SigningKey) -> None:
    report = graded(tmp_path / "out", key) / "reports/ben.html"
    page = report.read_text(encoding="utf-8")
    report.write_text(page.replace("0 of 3 points", "3 of 3 points", 1), encoding="utf-8")
    code, said = verify(report)
    assert (code, said.startswith("EDITED")) == (1, True)
    assert "base-frozen (signed: 0 of 3)" in said


@pytest.mark.attack("P2")
def test_p2_a_student_signs_the_raised_mark_with_a_key_of_their_own(tmp_path: Path, key: SigningKey) -> None:
    """All of the page is made anew by this very program, so that only the key can tell."""
    graded(tmp_path / "out", key)
    forged = graded(tmp_path / "forged", SigningKey.new(), [handed_in("ben", "Ben Ito")])
    code, said = verify(forged / "reports/ben.html")
    assert (code, said.startswith("UNKNOWN KEY")) == (3, True)
    # Putting the real key's name on it makes the signature wrong.
    page = (forged / "reports/ben.html").read_bytes()
    statement = json.loads((forged / "reports/ben.proof.json").read_bytes())
    renamed = page.replace(statement["key"].encode(), key.public.text.encode())
    assert examine(renamed, key.public).status == "edited"


@pytest.mark.attack("P2")
def test_p2_last_weeks_better_report_is_shown_as_todays(tmp_path: Path, key: SigningKey) -> None:
    out = graded(tmp_path / "out", key, [handed_in("ben", "Ben Ito")])
    old = tmp_path / "ben.html"
    shutil.copy(out / "reports/ben.html", old)
    mark(out, key, store(out, key, [handed_in("ben", "Ben Ito", fits=(fit(frozen="no"),))]))
    assert verify(old)[0] == 0, "alone it is what it was"
    code, said = verify(old, "--results", out)
    assert code == 4
    assert "an older report" in said
    assert "base-frozen: the report says 3 of 3, the results say 0 of 3." in said


@pytest.mark.attack("P2")
def test_p2_a_friends_report_is_shown_as_ones_own(tmp_path: Path, key: SigningKey) -> None:
    out = graded(tmp_path / "out", key)
    shown = tmp_path / "ben.html"
    shutil.copy(out / "reports/ada.html", shown)
    (tmp_path / "lab06.ipynb").write_bytes(notebook("ben"))
    assert verify(shown, "--notebook", tmp_path / "lab06.ipynb")[0] == 4
    assert verify(shown, "--submission", "ben")[0] == 4
    shown.write_text(shown.read_text().replace("Ada Lovelace", "Ben Ito"))
    assert verify(shown)[0] == 1


@pytest.mark.attack("P2")
def test_p2_the_statement_kept_with_the_results_is_put_back_or_taken_from_another(
    tmp_path: Path, key: SigningKey
) -> None:
    """Counting on never starts from a statement that is not this submission's, or not ours."""
    out = graded(tmp_path / "out", key)
    ben = current_statement(out, "ben", key.public)
    assert ben is not None
    shutil.copy(proof_file(out, "ada"), proof_file(out, "ben"))
    assert current_statement(out, "ben", key.public) is None
    foreign = sign(ben.model_copy(update={"sequence": 9_000}), SigningKey.new())
    proof_file(out, "ben").write_bytes(foreign.text)
    mark(out, key)
    again = current_statement(out, "ben", key.public)
    assert again is not None
    assert again.sequence == 1


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0.965", b"0.500"))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def as_older_versions_wrote_it(path: Path) -> None:
    path.write_text(EASY.model_dump_json())


def signed_with_another_key(path: Path) -> None:
    path.unlink()
    keep_reference(EASY, SigningKey.new())


def swapped_with_another_entry(path: Path) -> None:
    """A real entry of a worse reference, under this one's name."""
    other = EASY.model_copy(update={"digest": "b" * 64})
    keep_reference(other, signing_key())
    shutil.copy(reference_file(other.digest), path)


def swapped_and_renamed(path: Path) -> None:
    swapped_with_another_entry(path)
    path.write_bytes(path.read_bytes().replace(b"b" * 64, b"a" * 64))


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def deep(path: Path) -> None:
    path.write_bytes(b"[" * 500_000)


@pytest.mark.attack("P3")
@pytest.mark.parametrize(
    "poison",
    [edit, truncate, empty, as_older_versions_wrote_it, signed_with_another_key, swapped_with_another_entry,
     swapped_and_renamed, a_pipe, a_folder, deep],
)  # fmt: skip
def test_p3_a_poisoned_reference_result_is_not_used(key: SigningKey, poison: Callable[[Path], None]) -> None:
    keep_reference(HONEST, key)
    path = reference_file(HONEST.digest)
    assert cached_reference(HONEST.digest, key) == HONEST
    poison(path)
    assert cached_reference(HONEST.digest, key) is None


@pytest.mark.attack("P3")
def test_p3_the_cache_and_the_key_are_their_owners_alone(home: Path, key: SigningKey) -> None:
    keep_reference(HONEST, key)
    for folder in (home / "keys", home / "references"):
        assert folder.stat().st_mode & 0o077 == 0
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


@pytest.mark.attack("P3")
def test_p3_a_report_is_no_cache_entry_and_a_cache_entry_no_report(tmp_path: Path, key: SigningKey) -> None:
    """One key signs several kinds of things; none passes for another."""
    out = graded(tmp_path / "out", key)
    keep_reference(HONEST, key)
    path = reference_file(HONEST.digest)
    entry = json.loads(path.read_bytes())
    proof = json.loads(proof_file(out, "ada").read_bytes())
    proof["signature"] = entry["signature"]
    read = read_proof(canonical(proof))
    assert read is not None
    assert not read.holds
    other = ("B" if entry["signature"][0] == "A" else "A") + entry["signature"][1:]
    path.write_bytes(canonical({"content": entry["content"], "signature": other}))
    assert cached_reference(HONEST.digest, key) is None


def same_size_and_date(path: Path) -> None:
    before = path.stat()
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.attack("P3")
@pytest.mark.parametrize("name", ["visible/notes.txt", "heldout/cats/cat.1.jpg"])
def test_p3_a_pack_file_changed_after_building_is_noticed_before_grading(tmp_path: Path, name: str) -> None:
    """Size and date stay what they were, so only its content tells."""
    pack = small_pack(tmp_path / "pack")
    require_sound(pack)
    same_size_and_date(tmp_path / "pack" / name)
    with pytest.raises(AssetError, match=rf"Received {name} \(changed\)"):
        require_sound(pack)


@pytest.mark.attack("P3")
def test_p3_one_more_held_out_image_is_noticed(tmp_path: Path) -> None:
    """Accuracy is measured on what lies in the folder."""
    pack = small_pack(tmp_path / "pack")
    shutil.copy(tmp_path / "pack/heldout/cats/cat.1.jpg", tmp_path / "pack/heldout/dogs/dog.2.jpg")
    with pytest.raises(AssetError, match=r"heldout/dogs/dog\.2\.jpg \(not listed\)"):
        require_sound(pack)
    (tmp_path / "pack/heldout/dogs/dog.2.jpg").unlink()
    (tmp_path / "pack/README").touch()
    require_sound(pack)


@pytest.mark.attack("P3")
def test_p3_a_manifest_changed_along_with_its_files_is_another_pack(tmp_path: Path) -> None:
    """Bounded: who may write the pack can make another one, but it does not pass for the one that was loaded."""
    pack = small_pack(tmp_path / "pack")
    shutil.rmtree(tmp_path / "pack")
    other = small_pack(tmp_path / "pack")
    assert other.digest == pack.digest, "the same files make the same pack"
    manifest = tmp_path / "pack/pack.toml"
    manifest.write_text(manifest.read_text().replace("test", "text"))
    with pytest.raises(AssetError, match=r"pack\.toml \(changed\)"):
        require_sound(pack)


@pytest.mark.attack("P3")
def test_p3_grading_stops_before_a_notebook_runs_when_the_pack_was_changed(tmp_path: Path) -> None:
    small_pack(tmp_path / "pack")
    same_size_and_date(tmp_path / "pack/visible/notes.txt")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ada.ipynb").write_bytes(notebook("ada"))
    done = CliRunner().invoke(
        cli, ["batch", str(tmp_path / "in"), "--assets", str(tmp_path / "pack"), "--out", str(tmp_path / "out"),
              "--sandbox", "none"],
    )  # fmt: skip
    assert isinstance(done.exception, AssetError)
    assert "notes.txt (changed)" in str(done.exception)
    assert not (tmp_path / "out").exists()
