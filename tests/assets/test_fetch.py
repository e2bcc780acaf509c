"""Downloads are resumed, checked, and never taken on trust. Against a real server on loopback."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from grader.assets.download import download
from grader.assets.fetch import downloads_home, fetch
from grader.assets.images import content_digest, read_images
from grader.assets.names import DATA_ARCHIVE, weights_name
from grader.assets.sources import SOURCES, Source
from grader.assets.verify import verify
from grader.errors import AssetError
from tests.assets.packs import source_folder
from tests.assets.server import serving

CONTENT = bytes(range(256)) * 4000
SOURCE = Source("data/x.bin", most_bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
PATH = "/mirror/data/x.bin"


def test_a_good_file_arrives_and_is_not_asked_for_again(tmp_path: Path) -> None:
    with serving({PATH: CONTENT}) as shelf:
        path = download(SOURCE, shelf.url, tmp_path)
        assert path.read_bytes() == CONTENT
        download(SOURCE, shelf.url + "/", tmp_path)
        assert shelf.asked == [(PATH, None)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.bin"]


def test_a_transfer_cut_short_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with serving({PATH: CONTENT}) as shelf:
        shelf.cut_after = [300_000, 200_000]
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT
        assert shelf.asked == [(PATH, None), (PATH, "bytes=300000-"), (PATH, "bytes=500000-")]


def test_a_transfer_that_keeps_breaking_is_an_error_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with serving({PATH: CONTENT}) as shelf:
        shelf.cut_after = [1000, 1000, 1000]
        with pytest.raises(AssetError, match="the connection ended"):
            download(SOURCE, shelf.url, tmp_path)
        assert not (tmp_path / "x.bin").exists()
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT
        assert shelf.asked[-1] == (PATH, "bytes=3000-")


def test_a_server_without_ranges_sends_it_all_again(tmp_path: Path) -> None:
    with serving({PATH: CONTENT}) as shelf:
        shelf.ranges, shelf.cut_after = False, [300_000]
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT


def test_half_of_another_file_is_thrown_away_and_fetched_anew(tmp_path: Path) -> None:
    (tmp_path / "x.bin.part").write_bytes(b"something else")
    with serving({PATH: CONTENT}) as shelf:
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT


def test_a_complete_part_needs_only_its_checksum(tmp_path: Path) -> None:
    (tmp_path / "x.bin.part").write_bytes(CONTENT)
    with serving({PATH: CONTENT}) as shelf:
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with serving({PATH: CONTENT[:-1] + b"!"}) as shelf:
        with pytest.raises(AssetError, match="instead of"):
            download(SOURCE, shelf.url, tmp_path)
        assert len(shelf.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_damaged_on_disk_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"damaged")
    with serving({PATH: CONTENT}) as shelf:
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT


def test_a_missing_file_is_said_to_be_missing_at_once(tmp_path: Path) -> None:
    with serving({}) as shelf:
        with pytest.raises(AssetError, match="HTTP status 404") as caught:
            download(SOURCE, shelf.url, tmp_path)
        assert caught.value.where == f"{shelf.url}/data/x.bin"
        assert len(shelf.asked) == 1


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    with serving({PATH: CONTENT}) as shelf:
        shelf.failures = [503, 500]
        assert download(SOURCE, shelf.url, tmp_path).read_bytes() == CONTENT


def test_more_than_was_expected_is_refused(tmp_path: Path) -> None:
    with serving({PATH: CONTENT + b"x"}) as shelf, pytest.raises(AssetError, match="at most 1,024,000 bytes"):
        download(SOURCE, shelf.url, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("base", ["file:///etc", "ftp://example.org", "example.org"])
def test_only_web_addresses_are_asked(tmp_path: Path, base: str) -> None:
    with pytest.raises(AssetError, match="an http or https address"):
        download(SOURCE, base, tmp_path)


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with serving({}) as shelf:
        gone = shelf.url
    with pytest.raises(AssetError, match="grader assets build"):
        download(SOURCE, gone, tmp_path)


def _offer(folder: Path) -> tuple[dict[str, bytes], tuple[Source, ...]]:
    """The official paths with small files in them, and what to expect of those."""
    made = source_folder(folder)
    weights, data = (made / weights_name(224, include_top=False)).read_bytes(), (made / DATA_ARCHIVE).read_bytes()
    known, maybe, archive = SOURCES
    sources = (
        Source(known.path, len(weights), sha256=hashlib.sha256(weights).hexdigest()),
        Source(maybe.path, len(weights), optional=True),
        Source(archive.path, len(data), images_digest=content_digest(read_images(made / DATA_ARCHIVE))),
    )
    return {f"/mirror/{known.path}": weights, f"/mirror/{archive.path}": data}, sources


def test_fetching_builds_a_sound_pack(tmp_path: Path, home: Path) -> None:
    files, sources = _offer(tmp_path / "made")
    with serving(files) as shelf:
        pack = fetch(tmp_path / "pack", base_url=shelf.url, sources=sources)
    assert verify(tmp_path / "pack").sound
    assert "also stand in for those of 96, 128, 160, 192 pixels" in pack.notice
    assert downloads_home().is_relative_to(home)


def test_the_160_pixel_weights_are_used_when_they_can_be_had(tmp_path: Path, home: Path) -> None:
    files, sources = _offer(tmp_path / "made")
    files[f"/mirror/{sources[1].path}"] = files[f"/mirror/{sources[0].path}"]
    with serving(files) as shelf:
        pack = fetch(tmp_path / "pack", base_url=shelf.url, sources=sources)
    file = pack.cached(weights_name(160, include_top=False))
    assert file is not None
    assert file.path == weights_name(160, include_top=False)


def test_an_archive_with_other_images_is_refused(tmp_path: Path, home: Path) -> None:
    files, sources = _offer(tmp_path / "made")
    sources = (*sources[:2], Source(sources[2].path, sources[2].most_bytes, images_digest="0" * 64))
    with serving(files) as shelf, pytest.raises(AssetError, match="an archive with other images"):
        fetch(tmp_path / "pack", base_url=shelf.url, sources=sources)
    assert not (tmp_path / "pack").exists()


@pytest.mark.real_assets
def test_the_real_images_have_the_digest_that_is_expected(real_assets: Path) -> None:
    assert content_digest(read_images(real_assets / DATA_ARCHIVE)) == SOURCES[2].images_digest
