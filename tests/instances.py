"""One app for each worker: its addresses and templates are the same for all tests, and making it takes a second.

It stands on one instance folder, whose content is put in its place and taken from it as a test needs.
"""

import shutil
from pathlib import Path
from typing import Any

from flask import Flask

from crm.app import CRM
from crm.extensions import db
from crm.models.table_versions import clear_cache
from tests import postgres


def put(app: CRM, folder: Path) -> Path:
    """The app stands on a fresh copy of the folder."""
    instance = instance_folder_of(app)
    close(app)
    shutil.rmtree(instance, ignore_errors=True)
    shutil.copytree(folder, instance)
    postgres.renew_for(instance)
    return instance


def take(app: CRM, folder: Path) -> Path:
    """A copy of what the app stands on."""
    close(app)
    shutil.copytree(instance_folder_of(app), folder, dirs_exist_ok=True)
    postgres.renew_for(folder)
    return folder


def close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    clear_cache()


def restore_app(app: Flask, before: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The app's settings and extensions as they were."""
    for now, kept in zip((app.config, app.extensions), before, strict=True):
        now.clear()
        now.update(kept)


def instance_folder_of(app: CRM) -> Path:
    return Path(app.config["CRM_INSTANCE"])
