"""What is handed to others holds no keys, no paths of one machine and no place where packages come from."""

import re
from pathlib import Path

from .places import ROOT, tracked_files

PATTERNS = {
    "a path of one machine": r"(?<![\w.~/-])/(wor[k]|tm[p]|roo[t]|User[s]|opt/(wheel[s]|pyp[i]))/[\w.]",
    "a person's folder": r"/hom[e]/\w+/\.\w|[A-Z]:\\User[s]\\",
    "a package registry": r"registry\.npmj[s]\.org|pypi\.or[g]|files\.pythonhoste[d]|deb\.debia[n]\.org",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KE[Y]",
    "a token": r"\b(gh[pousr]_\w{30}|xox[abp]-\w{10}|AKIA[0-9A-Z]{16}|sk-[A-Za-z0-9]{32})",
    "a secret in the code": r"(?i)\b(secret_key|password|token)\s*=\s*[\"'][A-Za-z0-9+/=_-]{24,}[\"']",
}
BINARY = {".png", ".ico", ".xls", ".xlsx", ".gz", ".zip", ".mo", ".db", ".sqlite"}


def findings(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    place = path.relative_to(ROOT).as_posix()
    return [
        f"{place}:{text.count(chr(10), 0, hit.start()) + 1}: {what}: {hit.group(0)}"
        for what, pattern in PATTERNS.items()
        for hit in re.finditer(pattern, text)
    ]


def test_nothing_private_is_handed_on() -> None:
    files = [path for path in tracked_files() if path.suffix not in BINARY]
    assert files
    assert [finding for path in files for finding in findings(path)] == []
