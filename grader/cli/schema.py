"""`grader schema`: the JSON Schemas of what the grader writes."""

from __future__ import annotations

import json

import click


@click.command(short_help="Print the JSON Schema of evidence, results or summary.")
@click.argument("document", type=click.Choice(["evidence", "results", "summary"]))
def schema(document: str) -> None:
    """Print the JSON Schema of DOCUMENT (docs/ holds the same text)."""
    from pydantic import BaseModel

    from grader.evidence.model import Evidence
    from grader.exports.results_json import ResultsDocument
    from grader.watching.summary import RunSummary

    models: dict[str, type[BaseModel]] = {
        "evidence": Evidence, "results": ResultsDocument, "summary": RunSummary,
    }  # fmt: skip
    click.echo(json.dumps(models[document].model_json_schema(mode="serialization"), indent=2, sort_keys=True))
