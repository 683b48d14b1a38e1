"""Where the files of this installation are, as the engine knows it: whoever works in the background has no app."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from crm.installation.database_backup import Database, PostgresDatabase, SQLiteDatabase
from crm.models.engine import FOLDER

ROOT_OPTION, VERSION_OPTION = "crm_backup_root", "crm_version"
"""Options of the engine, which the app sets."""


@dataclass(frozen=True)
class Place:
    """The installation's folder, the allowed root of backups (D-3), the database and the program's version."""

    instance: Path
    root: Path
    database: Database
    version: str


def place_of(engine: Engine) -> Place:
    options = engine.get_execution_options()
    instance = Path(options[FOLDER])
    root = Path(options.get(ROOT_OPTION) or instance / "backups")
    return Place(instance, root, database_of(engine), str(options.get(VERSION_OPTION, "")))


def database_of(engine: Engine) -> Database:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return SQLiteDatabase(Path(str(url.database)))
    return PostgresDatabase(
        {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "database": url.database},
        lambda: _driver_connection(engine),
    )


def _driver_connection(engine: Engine) -> Any:
    import psycopg

    url = engine.url
    parameters: dict[str, Any] = dict(url.query)
    return psycopg.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database, **parameters
    )
