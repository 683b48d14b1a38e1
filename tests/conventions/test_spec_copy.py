"""The requirements that comments cite by number can be read in the repository, as they stand in the shared folder."""

import os
import re
from pathlib import Path

import pytest

from .places import CRM, ROOT, tracked_files

COPIES = ROOT / "docs" / "spec"
SHARED = Path(os.environ.get("CRM_SHARED", ROOT.parent / "shared"))


def originals() -> dict[str, Path]:
    """Name of the copy → where it comes from."""
    found = {path.name: path for path in sorted((SHARED / "spec").glob("*.md"))}
    return {**found, "hostile-cases.md": SHARED / "design" / "hostile-cases.md"}


@pytest.mark.skipif(
    not (SHARED / "spec").is_dir(), reason="no folder `shared/spec` beside the checkout, and CRM_SHARED names no other"
)
def test_the_copies_are_the_originals() -> None:
    wanted = originals()
    assert {path.name for path in COPIES.glob("*.md")} == set(wanted)
    differing = [name for name, path in wanted.items() if (COPIES / name).read_bytes() != path.read_bytes()]
    assert differing == [], "copy them anew from the shared folder into docs/spec"


def test_the_cited_requirements_exist() -> None:
    """`(SO-6, RC-2)` in a docstring of the program names a requirement of docs/spec."""
    known = set(re.findall(r"\b[A-Z]{1,2}-\d+[a-z]?\b", "\n".join(p.read_text("utf-8") for p in COPIES.glob("*.md"))))
    assert len(known) > 100
    cited = {
        (number, path.relative_to(ROOT).as_posix())
        for path in tracked_files()
        if path.is_relative_to(CRM) and path.suffix == ".py"
        for group in re.findall(r"\(((?:[A-Z]{1,2}-\d+[a-z]?(?:, | to | and )?)+)\)", path.read_text(encoding="utf-8"))
        for number in re.findall(r"[A-Z]{1,2}-\d+[a-z]?", group)
    }
    assert sorted(one for one in cited if one[0] not in known) == []
