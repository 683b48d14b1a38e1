"""A mark on the disk while the database is being migrated, so that the next start knows of one that was cut off."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from crm.installation.database_file import State
from crm.installation.folder import write_whole

NAME = "upgrading.json"


@dataclass(frozen=True)
class Mark:
    """What the database was before, what it is to become, and where its backup stands."""

    revision: str | None
    schema: str
    to: str
    backup: str = ""

    @property
    def before(self) -> State:
        return State(self.revision, self.schema)


def set_mark(folder: Path, mark: Mark) -> None:
    write_whole(folder / NAME, json.dumps(asdict(mark)))


def read_mark(folder: Path) -> Mark | None:
    file = folder / NAME
    if not file.exists():
        return None
    try:
        return Mark(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None  # not ours: ours is written whole


def drop_mark(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
