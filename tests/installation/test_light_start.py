"""What serves loads nothing that it does not need: a start takes a second, and memory is the office PC's."""

import subprocess
import sys

from alembic.script import ScriptDirectory

from crm.config import ROOT
from crm.installation.revisions import MIGRATIONS, known_revisions, newest_revision

HEAVY = "alembic flask_migrate mako matplotlib numpy openpyxl pandas PIL psycopg pygments python_calamine".split()


def test_serving_loads_no_library_of_drawing_files_or_migrations(tmp_path) -> None:
    code = f"""
import sys
from crm import create_app
from crm.web.server import startup, warm_up
app = create_app({{"CRM_INSTANCE": {str(tmp_path)!r}, "CRM_DATABASE_URL": ""}})
for name in app.jinja_env.list_templates(extensions=["html"]):
    app.jinja_env.get_template(name)
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.stdout.split(), run.stderr) == ([], "")


def test_the_program_has_its_commands_without_those_of_other_packages() -> None:
    run = subprocess.run([sys.executable, "-m", "crm", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    commands = {line.split()[0] for line in run.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"start", "serve", "upgrade", "demo", "bench"} <= commands
    assert "db" not in commands


def test_migrations_are_known_without_alembic() -> None:
    script = ScriptDirectory(MIGRATIONS)
    assert newest_revision() == script.get_current_head()
    assert known_revisions() == {one.revision: one.down_revision for one in script.walk_revisions()}
