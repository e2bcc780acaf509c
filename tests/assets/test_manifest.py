"""A manifest is read back as it was written, and a mistake in it is named with its line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assets.manifest import load_pack, parse, render
from grader.assets.pack import HeldOutFile, PackFile, inside
from grader.errors import AssetError
from tests.assets.packs import small_pack

GOOD = """schema = 1
name = "small"
imagenet = false
classes = ["cats", "dogs"]

[[file]]
path = "a.zip"
sha256 = "{zeros}"
bytes = 3
urls = ["*/a.zip"]

[[file]]
path = "b.h5"
sha256 = "{zeros}"
bytes = 4
cache_names = ["b.h5", "c.h5"]
backbone = "MobileNetV2"
weights_digest = "{zeros}"

[[heldout]]
path = "cats/cat.1.jpg"
sha256 = "{zeros}"
bytes = 5
""".format(zeros="0" * 64)


def test_a_pack_reads_back_as_it_was_written(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "p")
    assert load_pack(tmp_path / "p") == pack
    assert pack.notice == 'Says "hello" \\ ü'
    assert pack.visible == tmp_path / "p" / "visible"
    assert [image.label for image in pack.heldout_files] == ["cats", "dogs"]


def test_files_answer_addresses_and_cache_names(tmp_path: Path) -> None:
    pack = parse(GOOD.encode(), tmp_path)
    archive, weights = pack.files
    assert pack.answer("https://example.org/data/a.zip?download=1#x") == archive
    assert pack.answer("https://example.org/data/b.zip") is None
    assert pack.cached("c.h5") == weights
    assert pack.weights_with("0" * 64) == weights


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ("imagenet = false", "imagenet = 0", 3, "boolean"),
        ("schema = 1", "schema = 2", 1, "schema = 1"),
        ('name = "small"', 'name = "../x"', 2, "pattern"),
        ('path = "b.h5"', 'path = "../b.h5"', 13, "without `..`"),
        ('path = "b.h5"', 'path = "/etc/passwd"', 13, "relative path"),
        ('path = "b.h5"', 'path = "A.ZIP"', 13, "each path once"),
        ("bytes = 4", 'bytes = "4"', 15, "integer"),
        ("bytes = 4", "bytes = -4", 15, "greater than or equal to 0"),
        ("bytes = 4", "bytes = 4\nsize = 4", 16, "not permitted"),
        ('cache_names = ["b.h5", "c.h5"]', 'cache_names = ["models/b.h5"]', 16, "pattern"),
        ('backbone = "MobileNetV2"\n', "", 12, "together"),
        ('path = "cats/cat.1.jpg"', 'path = "birds/1.jpg"', 21, "cats, dogs"),
        ('path = "cats/cat.1.jpg"', 'path = "cat.1.jpg"', 21, "CLASS/NAME"),
        ("bytes = 5", "bytes = = 5", 23, "TOML"),
        ('name = "small"', 'name = "small"\nfolder = "/"', 3, "no such key"),
        ('classes = ["cats", "dogs"]', 'classes = ["cats"]', 4, "at least 2"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, change: str, to: str, line: int, says: str) -> None:
    assert change in GOOD
    with pytest.raises(AssetError) as caught:
        parse(GOOD.replace(change, to, 1).encode(), tmp_path)
    assert caught.value.where == f"{tmp_path / 'pack.toml'}:{line}"
    assert says in str(caught.value)


def test_a_missing_manifest_says_what_a_pack_is(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"Expected an asset pack: a folder with a readable pack\.toml"):
        load_pack(tmp_path)


def test_a_missing_file_is_noticed_on_loading(tmp_path: Path) -> None:
    small_pack(tmp_path / "p")
    (tmp_path / "p/visible/notes.txt").unlink()
    with pytest.raises(AssetError, match="no such file"):
        load_pack(tmp_path / "p")


def test_a_link_out_of_the_pack_is_refused(tmp_path: Path) -> None:
    small_pack(tmp_path / "p")
    note = tmp_path / "p/visible/notes.txt"
    (tmp_path / "outside.txt").write_bytes(note.read_bytes())
    note.unlink()
    note.symlink_to(tmp_path / "outside.txt")
    with pytest.raises(AssetError, match="a link out of the pack"):
        load_pack(tmp_path / "p")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_pack_or_a_clear_error(content: bytes) -> None:
    with pytest.raises(AssetError):
        parse(content, Path("somewhere"))


KEYS = ["schema", "name", "imagenet", "classes", "file", "heldout", "notice"]
VALUES = ["1", '"x"', "[]", "{}", "[{}]", '[{path = "a"}]', "[[1]]", "1979-05-27", "nan"]


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_any_types_are_a_pack_or_a_clear_error(fields: dict[str, str]) -> None:
    with pytest.raises(AssetError):
        parse("\n".join(f"{key} = {value}" for key, value in fields.items()).encode(), Path("somewhere"))


@given(st.text(max_size=40))
def test_an_admitted_path_stays_inside(path: str) -> None:
    try:
        inside(path)
    except ValueError:
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        assert (root / path).resolve().is_relative_to(root)
        assert (root / path).resolve() != root


@given(
    notice=st.text(st.characters(exclude_categories=["Cs"]), max_size=100), recipe=st.text('ab"\\\x7f\n', max_size=20)
)
def test_any_text_survives_writing_and_reading(notice: str, recipe: str) -> None:
    content = render(
        name="x",
        imagenet=True,
        notice=notice,
        recipe=recipe,
        classes=("a", "b"),
        files=[PackFile(path="f", sha256="0" * 64, bytes=1)],
        heldout=[HeldOutFile(path="a/1.jpg", sha256="1" * 64, bytes=2)],
    )
    pack = parse(content, Path("somewhere"))
    assert (pack.notice, pack.recipe) == (notice, recipe)
