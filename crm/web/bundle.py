"""Our own browser scripts as one file: a first visit makes at most 8 requests.

The sources are small, one behaviour each, under ``crm/static/js/app``; ``python -m crm.web.bundle`` writes
``crm/static/js/app.js`` from them, and a test sees that it was done.
"""

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static" / "js"
_COMMENT = re.compile(r"^\s*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def bundle(folder: Path = STATIC / "app") -> str:
    """The scripts of the folder in the order of their names, without whole-line comments and indentation."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))
    return "".join(_INDENT.sub("", _COMMENT.sub("", text)) for text in texts)


if __name__ == "__main__":
    (STATIC / "app.js").write_text(bundle(), encoding="utf-8", newline="\n")
