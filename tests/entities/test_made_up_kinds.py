"""A kind of record that declares itself has everything that all kinds have, without a line elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_made_up_kinds_have_everything() -> None:
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/entities/made_up"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        asked, cwd=ROOT, capture_output=True, text=True, env={**environment, "CRM_MADE_UP_KINDS": "1"}
    )
    assert done.returncode == 0, done.stdout[-6000:]
