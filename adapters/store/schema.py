"""Bring a database's tables up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from vigil_bot.errors import StoreError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent / "migrations"
NEWEST = "0010"  # the revision that this program writes


def migrate(connection: Connection, place: str) -> None:
    """Run the migrations that are missing, in one transaction.

    Raises:
        StoreError: If a newer version of the program has written the database.
    """
    with connection.begin():
        known = connection.dialect.has_table(connection, "alembic_version")
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if known else None
        if found != NEWEST:
            _upgrade(connection, found, place)


def _revisions(scripts: "ScriptDirectory") -> set[str]:
    return {script.revision for script in scripts.walk_revisions()}


def _upgrade(connection: Connection, found: str | None, place: str) -> None:
    from alembic import command  # noqa: PLC0415 -- takes half a second to import, and is rarely needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if found is not None and found not in _revisions(ScriptDirectory.from_config(config)):
        raise StoreError(
            f"The database {place} was written by a newer version of this program (revision {found}).",
            hint="Install that version, or bring back a backup made with this one.",
        )
    command.upgrade(config, "head")
