"""The versions of the database that this program knows, as the files in migrations/versions say."""

import re
from functools import cache

from crm.config import ROOT

MIGRATIONS = str(ROOT / "migrations")
_SAID = re.compile(r"""^((?:down_)?revision) = (?:["'](\w+)["']|None)$""", re.MULTILINE)


def newest_revision() -> str:
    revisions = known_revisions()
    (newest,) = revisions.keys() - revisions.values()
    return newest


@cache
def known_revisions() -> dict[str, str | None]:
    """Each migration with the one before it: whoever only serves does not load Alembic."""
    revisions = {}
    for file in (ROOT / "migrations" / "versions").glob("*.py"):
        identifiers = dict(_SAID.findall(file.read_text(encoding="utf-8")))
        revisions[identifiers["revision"]] = identifiers["down_revision"] or None
    return revisions
