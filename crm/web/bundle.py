"""Our own browser scripts as few files: a first visit makes at most 8 requests.

The sources are small, one behaviour each, under ``crm/static/js/app`` (for every page) and ``…/documents`` (for pages
with amounts). ``tools/prepare``, which ./run and ./test begin with, writes ``app.js`` and ``documents.js`` from them;
so does ``python crm/web/bundle.py``. Needs the standard library alone: nothing may be installed yet.
"""

import os
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static" / "js"
BUNDLES = ("app", "documents")
_COMMENT = re.compile(r"^\s*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def bundle(name: str) -> str:
    """The scripts of the folder in the order of their names, without whole-line comments and indentation."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((STATIC / name).glob("*.js")))
    return "".join(_INDENT.sub("", _COMMENT.sub("", text)) for text in texts)


def stale_bundles() -> list[str]:
    """Those that are missing, or made of other sources than are there."""
    return [name for name in BUNDLES if _read_bundle(name) != bundle(name).encode()]


def write_bundles() -> None:
    """In one step each: another start at the same time, or one that is served, sees the old file or the new one."""
    for name in stale_bundles():
        draft = STATIC / f"{name}.js.{os.getpid()}"
        draft.write_bytes(bundle(name).encode())
        draft.replace(STATIC / f"{name}.js")


def _read_bundle(name: str) -> bytes | None:
    try:
        return (STATIC / f"{name}.js").read_bytes()
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    write_bundles()
