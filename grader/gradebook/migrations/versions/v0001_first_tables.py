"""The first tables, and the triggers that let them only grow.

There is no way back down: it would drop what people decided.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = ("books", "deliveries", "markings", "verdicts", "entries")
_KEY = ("book_id", "kind", "submission", "criterion", "target", "sequence")
_UNIQUE = {"books": ("name = NEW.name",), "entries": (f"({' AND '.join(f'{name} = NEW.{name}' for name in _KEY)})",)}


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "books",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("lab", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("books.id"), nullable=False, index=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("rubric_digest", sa.String(64), nullable=False),
        sa.Column("grader_version", sa.String(40), nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("submissions", sa.JSON, nullable=False),
    )
    op.create_table(
        "markings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("books.id"), nullable=False, index=True),
        sa.Column("submission", sa.String(200), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("rubric_digest", sa.String(64), nullable=False),
        sa.Column("evidence_digest", sa.String(64), nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("marking_id", sa.Integer, sa.ForeignKey("markings.id"), nullable=False, index=True),
        sa.Column("criterion", sa.String(64), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("maximum", sa.Float, nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("books.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("submission", sa.String(200), nullable=False, index=True),
        sa.Column("criterion", sa.String(64), nullable=False, index=True),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("action", sa.String(32), nullable=False, index=True),
        sa.Column("undoes", sa.String(32), nullable=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.UniqueConstraint(*_KEY, name="one_after_another"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _only_growing_in_postgresql()
    else:
        _only_growing_in_sqlite()


def _only_growing_in_sqlite() -> None:
    for table in _TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the gradebook only grows'); END"
            )
        # INSERT OR REPLACE removes the old row without asking a trigger on DELETE.
        same = " OR ".join(["id = NEW.id", *_UNIQUE.get(table, ())])
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 (names of our own)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} "
            f"BEGIN SELECT RAISE(ABORT, 'UNIQUE: the gradebook only grows'); END"
        )


def _only_growing_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION gradebook_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the gradebook only grows'; END $$"
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION gradebook_only_grows()"
        )
