"""Flask's extensions, made once and bound to the app by the factory."""

from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from crm.models import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()


class Migrations:
    """Stands in the app for Flask-Migrate until somebody migrates: Alembic takes a tenth of a start, and of its memory.

    Foreign keys are off meanwhile and checked after: Alembic's batch mode rebuilds tables, and with the keys on that
    empties their children (`migrations/env.py`).
    """

    NAME = "migrate"

    def __init__(self, app: Flask) -> None:
        self._app = app
        app.extensions[self.NAME] = self

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory="migrations", compare_type=True, render_as_batch=True)
        return getattr(self._app.extensions[self.NAME], name)
