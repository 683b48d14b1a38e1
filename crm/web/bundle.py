"""Our own browser scripts as few files: a first visit makes at most 8 requests.

The sources are small, one behaviour each, under ``crm/static/js/app`` (for every page) and ``…/documents`` (for pages
with amounts); ``python -m crm.web.bundle`` writes ``app.js`` and ``documents.js`` from them, and a test sees that it
was done.
"""

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


if __name__ == "__main__":
    for name in BUNDLES:
        (STATIC / f"{name}.js").write_text(bundle(name), encoding="utf-8", newline="\n")
