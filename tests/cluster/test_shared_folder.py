"""Files, packs, features and settings through a folder that all machines see: whole or not at all."""

from __future__ import annotations

import hashlib
import secrets
import zipfile
from pathlib import Path

import pytest

from grader.cluster.packs import local_pack, publish_pack
from grader.cluster.setting import Program, publish_setting, read_setting, setting_of, this_program
from grader.cluster.shared_features import SharedFeatures
from grader.cluster.shared_folder import SharedFolder
from grader.errors import AssetError, InfrastructureError, UsageError
from grader.evidence.model import Reference
from grader.provenance.keys import SigningKey
from grader.rubric.load import load_rubric
from tests.assets.packs import small_pack
from tests.batch.small_lab import small_lab


@pytest.fixture(params=["path", "file", "memory"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> SharedFolder:
    return SharedFolder(
        {
            "path": str(tmp_path / "shared"), "file": f"file://{tmp_path}/shared",
            "memory": f"memory://{secrets.token_hex(4)}",
        }[request.param]
    )  # fmt: skip


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_there_and_back(shared: SharedFolder, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"cats")
    assert not shared.has("deep/a")
    shared.put("deep/a", tmp_path / "a")
    assert shared.has("deep/a")
    SharedFolder(shared.url).get("deep/a", tmp_path / "b", 4, sha256(b"cats"))
    assert (tmp_path / "b").read_bytes() == b"cats"
    shared.remove("deep/a")
    shared.remove("deep/a")
    assert not shared.has("deep/a")
    with pytest.raises(OSError, match="deep/a"):
        shared.get("deep/a", tmp_path / "c", 4)


def test_all_below_a_name_is_removed_and_nothing_else(shared: SharedFolder, tmp_path: Path) -> None:
    for name in ("submissions/mine/a.zip", "submissions/mine/deep/b.zip", "submissions/others/c.zip"):
        shared.put_bytes(name, b"work", tmp_path)
    shared.empty("submissions/mine")
    shared.empty("submissions/mine")
    shared.empty("never/made")
    assert not shared.has("submissions/mine/a.zip")
    assert not shared.has("submissions/mine/deep/b.zip")
    assert shared.has("submissions/others/c.zip")


def test_what_is_larger_or_another_is_refused(shared: SharedFolder, tmp_path: Path) -> None:
    shared.put_bytes("a", b"cats", tmp_path)
    with pytest.raises(InfrastructureError, match="Expected at most 3 bytes"):
        shared.get("a", tmp_path / "b", 3)
    with pytest.raises(InfrastructureError, match="somebody else"):
        shared.get("a", tmp_path / "b", 4, sha256(b"dogs"))


def test_an_address_nobody_knows() -> None:
    with pytest.raises(UsageError, match="Expected a folder that all machines see"):
        SharedFolder("carrier-pigeon://roof")


def test_a_pack_is_fetched_once_and_believed_by_its_digest(
    shared: SharedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = small_pack(tmp_path / "pack")
    publish_pack(pack, shared, tmp_path)
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "worker"))
    fetched = local_pack(pack.digest, shared)
    assert fetched.digest == pack.digest
    assert fetched.folder.is_relative_to(tmp_path / "worker")
    assert fetched.path_of(fetched.files[0]).read_text() == "weights would be here"
    shared.remove(f"packs/{pack.digest}.zip")
    assert local_pack(pack.digest, shared).folder == fetched.folder
    fetched.path_of(fetched.files[0]).write_text("weights would be HERE")
    with pytest.raises(AssetError, match=r"notes\.txt"):
        local_pack(pack.digest, shared)


def test_a_pack_that_lies_here_already_is_used(
    shared: SharedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "worker"))
    pack = small_pack(tmp_path / "worker/packs/small")
    assert local_pack(pack.digest, shared).folder == pack.folder


def test_another_pack_under_that_digest_is_refused(
    shared: SharedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "worker"))
    pack = small_pack(tmp_path / "pack")
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as forged:
        forged.writestr("pack.toml", (pack.folder / "pack.toml").read_text() + "\n")
    shared.put(f"packs/{pack.digest}.zip", tmp_path / "forged.zip")
    with pytest.raises(AssetError, match="another digest"):
        local_pack(pack.digest, shared)
    assert not list((tmp_path / "worker/packs-by-digest").glob("[0-9a-f]*"))


def test_features_are_computed_by_one_machine_for_all(shared: SharedFolder, tmp_path: Path) -> None:
    computed: list[str] = []

    def machine(name: str) -> SharedFeatures:
        (tmp_path / name).mkdir()
        return SharedFeatures(SigningKey.new(), shared, tmp_path / name, tmp_path / name / "features")

    def compute(target: Path) -> None:
        computed.append(target.name)
        target.write_bytes(b"features")

    one, two = machine("one"), machine("two")
    digest = "a" * 64
    assert one.get(digest, compute)[1] is False
    path, before = two.get(digest, compute)
    assert (path.read_bytes(), before, len(computed)) == (b"features", True, 1)
    # Half a file, as an interrupted copy leaves it, is no file.
    shared.put_bytes(f"features/{digest}.npz", b"feat", tmp_path)
    assert machine("three").get(digest, compute)[1] is False
    assert len(computed) == 2


def test_a_setting_arrives_as_it_was(shared: SharedFolder, tmp_path: Path) -> None:
    lab = small_lab(tmp_path / "lab")
    reference = Reference(accuracy=0.95, examples=100, digest="b" * 64)
    rubric = load_rubric("lab06")
    setting = setting_of(lab.conditions(questions=rubric.questions()), rubric, "auto", reference)
    assert read_setting(publish_setting(setting, shared, tmp_path), shared, tmp_path) == setting
    assert setting.conditions(lab.pack, tmp_path) == lab.conditions(questions=rubric.questions(), scratch=tmp_path)


def test_another_setting_under_that_digest_is_refused(shared: SharedFolder, tmp_path: Path) -> None:
    shared.put_bytes(f"settings/{'c' * 64}.json", b"{}", tmp_path)
    with pytest.raises(InfrastructureError, match="another"):
        read_setting("c" * 64, shared, tmp_path)


def test_what_differs_is_named() -> None:
    here = this_program()
    assert here.differs(this_program()) is None
    older = Program(digest="d" * 64, version="0.0.9", python=here.python, packages={**here.packages, "keras": "3.0"})
    assert older.packages["keras"] != here.packages["keras"]
    told = here.differs(older)
    assert told is not None
    assert told.startswith("grader 0.0.9 instead of")
    assert f"keras 3.0 instead of {here.packages['keras']}" in told
    other_files = here.model_copy(update={"digest": "e" * 64})
    assert "other files of the grader itself" in str(here.differs(other_files))
