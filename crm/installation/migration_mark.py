"""A file that exists while the database is being migrated, so that the next start notices an interrupted migration."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from crm.installation.database_file import DatabaseState
from crm.installation.folder import write_atomically

NAME = "upgrading.json"


@dataclass(frozen=True)
class MigrationMark:
    """What the database was before, what it is to become, and where its backup stands."""

    revision: str | None
    schema: str
    to: str
    backup: str = ""

    @property
    def before(self) -> DatabaseState:
        return DatabaseState(self.revision, self.schema)


def write_mark(folder: Path, mark: MigrationMark) -> None:
    write_atomically(folder / NAME, json.dumps(asdict(mark)))


def read_mark(folder: Path) -> MigrationMark | None:
    file = folder / NAME
    if not file.exists():
        return None
    try:
        return MigrationMark(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None  # not ours: ours is written whole


def remove_mark(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
