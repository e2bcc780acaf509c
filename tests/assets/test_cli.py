"""`grader assets …` as typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from grader.assets.locate import packs_home
from grader.cli.assets import assets
from tests.assets.packs import small_pack, source_folder


def test_build_puts_a_named_pack_where_it_is_found(tmp_path: Path, home: Path) -> None:
    source = source_folder(tmp_path / "from")
    result = CliRunner().invoke(assets, ["build", "cats-vs-dogs", "--from", str(source)])
    assert result.exit_code == 0, result.output
    assert "200 held-out images" in result.output
    assert "Note: ImageNet weights trained at 224 pixels" in result.output
    listed = CliRunner().invoke(assets, ["list"])
    assert "cats-vs-dogs: ImageNet weights, 200 held-out images" in listed.output
    assert "demo: not made yet" in listed.output
    assert CliRunner().invoke(assets, ["verify", "cats-vs-dogs"]).exit_code == 0


def test_build_without_a_source_says_what_it_needs(home: Path) -> None:
    result = CliRunner().invoke(assets, ["build", "cats-vs-dogs"])
    assert result.exit_code == 2
    assert "needs --from" in result.output


def test_verify_names_what_differs_and_fails(tmp_path: Path, home: Path) -> None:
    small_pack(tmp_path / "p")
    (tmp_path / "p/visible/extra.txt").touch()
    result = CliRunner().invoke(assets, ["verify", str(tmp_path / "p")])
    assert result.exit_code == 1
    assert "extra: visible/extra.txt" in result.output


def test_list_shows_a_damaged_pack_as_damaged(home: Path) -> None:
    small_pack(packs_home() / "small")
    (packs_home() / "small/visible/notes.txt").unlink()
    result = CliRunner().invoke(assets, ["list"])
    assert result.exit_code == 0
    assert "small: damaged" in result.output


def test_importing_the_commands_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'PIL', 'h5py', 'tensorflow', 'keras', 'pydantic'}"
    code = f"import sys, grader.cli.assets; print(sorted({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_making_a_pack_needs_no_tensorflow() -> None:
    code = "import sys, grader.assets.demo.make, grader.assets.build; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
