"""`grader assets`: make, list and check asset packs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


class _Ticker:
    """Prints progress to stderr: rewrites one line on a terminal, else one line per step."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, what: str, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        if (what, percent) == self._last:
            return
        new_step = what != self._last[0]
        self._last = (what, percent)
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{what} {percent:3d} %", err=True, nl=False)
        elif new_step:
            click.echo(f"{what} …", err=True)

    def close(self) -> None:
        """Leave the terminal on a clean line."""
        if sys.stderr.isatty() and self._last[0]:
            click.echo("\r\x1b[K", err=True, nl=False)


@click.group(short_help="Asset packs: the weights and images a lab needs, offline.")
def assets() -> None:
    """Asset packs: the weights and images a lab needs, offline and by checksum."""


@assets.command()
@click.argument("name")
@click.option("--from", "source", type=FOLDER, help="Folder with pictures and weights files.")
@click.option("--out", type=FOLDER, help="The new pack's folder.  [default: where named packs are kept]")
@click.option("--seed", type=int, default=None, help="Chooses the held-out images (cats-vs-dogs).")
@click.option("--url", "urls", multiple=True, help="One more address, or a pattern with *, that leads to the pictures.")
def build(name: str, source: Path | None, out: Path | None, seed: int | None, urls: tuple[str, ...]) -> None:
    """Build the pack NAME: from your files, or demo from nothing."""
    from grader.assets.assemble import aside, new_folder, publish
    from grader.assets.images import DEFAULT_SEED
    from grader.assets.locate import PACK_NAME, packs_home

    if not PACK_NAME.fullmatch(name):
        raise click.UsageError(f"Expected a name of a-z, 0-9, - and _. Received {name!r}.")
    own = name not in ("demo", "cats-vs-dogs")
    for option, given, fits in (("--url", urls, own), ("--seed", seed, name == "cats-vs-dogs")):
        if given and not fits:
            raise click.UsageError(f"The pack {name} takes no {option}.")
    target = out or packs_home() / name
    ticker = _Ticker()
    if name == "demo":
        from grader.assets.demo.make import make

        new_folder(target)
        with aside(target) as folder:
            make(folder, ticker)
            publish(folder, target)
    elif source is None:
        raise click.UsageError(f"{name} needs --from FOLDER with the pictures and the weights.")
    elif own:
        from grader.assets.own_pack import build as build_own

        build_own(name, source, target, urls=urls, progress=ticker)
    else:
        from grader.assets.build import build as build_pack

        build_pack(source, target, seed=DEFAULT_SEED if seed is None else seed, progress=ticker)
    ticker.close()
    _say(target)


@assets.command()
@click.argument("name", type=click.Choice(["cats-vs-dogs"]))
@click.option("--out", type=FOLDER, help="The new pack's folder.  [default: where named packs are kept]")
@click.option("--base-url", default=None, help="A mirror that keeps the official paths below this address.")
@click.option("--seed", type=int, default=None, help="Chooses the held-out images.")
def fetch(name: str, out: Path | None, base_url: str | None, seed: int | None) -> None:
    """Download the pack NAME from the official addresses (about 90 MB)."""
    from grader.assets.fetch import fetch as fetch_pack
    from grader.assets.images import DEFAULT_SEED
    from grader.assets.locate import packs_home
    from grader.assets.sources import OFFICIAL

    target = out or packs_home() / name
    ticker = _Ticker()
    fetch_pack(target, base_url=base_url or OFFICIAL, seed=DEFAULT_SEED if seed is None else seed, progress=ticker)
    ticker.close()
    _say(target)


@assets.command(name="list")
def list_packs() -> None:
    """Show the named packs on this machine."""
    from grader.assets.locate import DEMO, named_packs, packs_home
    from grader.assets.manifest import load_pack
    from grader.errors import AssetError

    found = named_packs()
    click.echo(f"{packs_home()}")
    for name in found:
        try:
            pack = load_pack(packs_home() / name)
        except AssetError as error:
            click.echo(f"  {name}: damaged. {error}")
            continue
        weights = "ImageNet weights" if pack.imagenet else "no ImageNet weights"
        click.echo(f"  {name}: {weights}, {len(pack.heldout_files)} held-out images, digest {pack.digest[:12]}")
        if pack.notice:
            click.echo(f"    {pack.notice}")
    if DEMO not in found:
        click.echo(f"  {DEMO}: not made yet; it is made when first used")


@assets.command()
@click.argument("pack")
def verify(pack: str) -> None:
    """Hash every file of PACK (a name or a folder) again. Exit code 1 if anything differs."""
    from grader.assets.locate import packs_home
    from grader.assets.pack import MANIFEST
    from grader.assets.verify import verify as verify_pack

    named = packs_home() / pack
    folder = named if "/" not in pack and (named / MANIFEST).is_file() else Path(pack)
    ticker = _Ticker()
    findings = verify_pack(folder, ticker)
    ticker.close()
    for word, paths in (("missing", findings.missing), ("changed", findings.changed), ("extra", findings.extra)):
        for path in paths:
            click.echo(f"{word}: {path}")
    if not findings.sound:
        click.echo(f"{folder} is not what its manifest says.")
        raise SystemExit(1)
    click.echo(f"{folder}: all {findings.checked} files are as listed.")


def _say(folder: Path) -> None:
    from grader.assets.manifest import load_pack

    pack = load_pack(folder)
    click.echo(f"{folder}: pack {pack.name}, digest {pack.digest[:12]}, {len(pack.heldout_files)} held-out images")
    if pack.notice:
        click.echo(f"Note: {pack.notice}")
