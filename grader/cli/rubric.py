"""`grader rubric`: look at a rubric before a class depends on it."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli import options


@click.group()
def rubric() -> None:
    """Check a rubric, and test the grader on it."""


@rubric.command("check", short_help="Say what a rubric asks for, or every mistake in it.")
@click.argument("rubric_name", metavar="NAME|FILE")
def check(rubric_name: str) -> None:
    """Read NAME|FILE and say what it asks for, or every mistake in it by line."""
    from grader.rubric.load import load_rubric

    loaded = load_rubric(rubric_name)
    for criterion in loaded.criteria:
        after = f"  (after {', '.join(criterion.depends_on)})" if criterion.depends_on else ""
        click.echo(f"{criterion.points:>5g}  {criterion.id:<28} {criterion.title}{after}")
    click.echo(f"{loaded.maximum:>5g}  in all: {loaded.lab.title}")


@rubric.command("verify", short_help="Test the grader on your rubric.")
@click.argument("rubric_name", metavar="NAME|FILE")
@click.option(
    "--reference", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="NOTEBOOK",
    help="The right solution from which variants are made. Default: the one the rubric names.",
)  # fmt: skip
@options.assets_option
@click.option(
    "--samples", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="Also grade the samples of this table (TOML) and hold them against the verdicts in it.",
)  # fmt: skip
@click.option(
    "--variants", "own", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="Mutants and rewrites of your own (TOML), besides the ones that come with the grader.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="NAME", help="Only this mutant or rewrite. May be given several times.")
@click.option("--quick", is_flag=True, help="Only a dozen variants, one of each kind.")
@options.jobs_option
@options.training_option
@options.sandbox_option
@options.kernel_start_option
@options.out_option(default="out/verify")
def verify(
    rubric_name: str, reference: Path | None, pack_name: str | None, samples: Path | None, own: Path | None,
    only: tuple[str, ...], quick: bool, jobs: int | None, training: str, sandbox: str,
    kernel_start: str, out: Path,
) -> None:  # fmt: skip
    """Test the grader on your rubric: make mutants (one mistake each) and rewrites
    (other right ways) from the reference solution, grade them all, and compare.

    A mutant must lose exactly the criteria it breaks, a rewrite nothing. Exit code
    1 means that something is not as expected. What has been run is kept in --out.
    """
    from grader.mutation.campaign import VerifyRequest
    from grader.mutation.campaign import verify as run
    from grader.mutation.show import print_campaign
    from grader.mutation.write import write_campaign

    request = VerifyRequest(
        rubric=rubric_name, reference=reference, own=own, samples=samples, only=only, quick=quick, pack=pack_name,
        out=out, jobs=jobs, training=training, sandbox=sandbox, kernel_start=kernel_start,
    )  # fmt: skip
    campaign = run(request, say=lambda line: click.echo(line, err=True))
    write_campaign(out, campaign)
    print_campaign(campaign, out)
    raise click.exceptions.Exit(0 if campaign.as_expected else 1)


@rubric.command("variants", short_help="List the mutants and rewrites of a reference.")
@click.argument("rubric_name", metavar="NAME|FILE")
@click.option(
    "--reference", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="NOTEBOOK",
    help="Default: the one the rubric names.",
)  # fmt: skip
@click.option("--variants", "own", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="Mutants and rewrites of your own (TOML).")  # fmt: skip
@click.option("--save", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write the notebooks.")
def variants(rubric_name: str, reference: Path | None, own: Path | None, save: Path | None) -> None:
    """List the mutants and rewrites that can be made from the reference, without
    running them."""
    from grader.batch.reference import reference_notebook
    from grader.mutation.catalogue import catalogue
    from grader.mutation.make import make_variants
    from grader.mutation.notebook import load_notebook
    from grader.rubric.load import load_rubric

    loaded = load_rubric(rubric_name)
    notebook = load_notebook(reference or reference_notebook(loaded))
    for made in make_variants(notebook, loaded, catalogue(own)):
        note = f"  (not applicable: {made.why_not})" if made.notebook is None else ""
        click.echo(f"{made.kind:<8} {made.name:<34} {made.variant.says}{note}")
        if save is not None and made.notebook is not None:
            save.mkdir(parents=True, exist_ok=True)
            made.notebook.save(save / f"{made.name}.ipynb")
