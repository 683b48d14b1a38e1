"""Where things are, for the tests of the conventions."""

import ast
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRM = ROOT / "crm"
STATIC = CRM / "static"


def tracked_files() -> list[Path]:
    """What git would hand to others: committed files, and new ones it does not ignore."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what would be handed on is not known")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


@cache
def imports(source: Path) -> frozenset[str]:
    """The modules a file names in its imports: `from crm.web import table` gives `crm.web.table`."""
    return frozenset(_imports(source))


def _imports(source: Path) -> Iterator[str]:
    package = source.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def node_tool(script: Path, package: str) -> list[str]:
    """The command that runs a script with node; leaves the test out where node or the package is missing."""
    node = shutil.which("node")
    if node and (ROOT / "node_modules" / package).is_dir():
        return [node, str(script)]
    message = f"not checked: Node.js with the packages of package.json ({package}) is missing"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
