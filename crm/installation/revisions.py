"""The versions of the database that this program knows, as the files in migrations/versions say."""

import re
from functools import cache

from crm.config import ROOT

MIGRATIONS = str(ROOT / "migrations")
_SAID = re.compile(r"""^((?:down_)?revision) = (?:["'](\w+)["']|None)$""", re.MULTILINE)


def newest_revision() -> str:
    found = known_revisions()
    (newest,) = found.keys() - found.values()
    return newest


@cache
def known_revisions() -> dict[str, str | None]:
    """Each migration with the one before it: whoever only serves does not load Alembic."""
    found = {}
    for file in (ROOT / "migrations" / "versions").glob("*.py"):
        said = dict(_SAID.findall(file.read_text(encoding="utf-8")))
        found[said["revision"]] = said["down_revision"] or None
    return found
