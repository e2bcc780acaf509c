"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Add what is new; rows that exist stay as they are."""
    ${upgrades if upgrades else "raise NotImplementedError"}
