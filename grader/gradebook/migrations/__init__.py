"""Migrations of the gradebook's tables (Alembic)."""
