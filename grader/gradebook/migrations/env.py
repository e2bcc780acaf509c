"""Run migrations on the connection that `grader.gradebook.migrate` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from grader.gradebook.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
