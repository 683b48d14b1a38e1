"""What the tests of the jobs have in common: the instance folder, and the administrator who starts them."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.entities.record_saving import Actor
from tests.cast import Cast, actor_as


@pytest.fixture
def folder(app: CRM) -> Path:
    return Path(app.config["CRM_INSTANCE"])


@pytest.fixture
def admin(session: Session, cast: Cast) -> Actor:
    return actor_as(session, cast.admin)
