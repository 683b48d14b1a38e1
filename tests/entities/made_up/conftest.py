"""The firm with two more kinds of record, which the salespeople may see and change."""

from pathlib import Path

import pytest
from sqlalchemy import select

from crm.app import CRM
from crm.entities.registry import register
from crm.entities.search_index import make_search_table
from crm.extensions import db
from crm.models import Base, Role, RoleGrant
from crm.models.engine import set_read_only
from crm.models.permissions import right
from tests.conftest import make_app
from tests.entities.made_up.kinds import COMPLAINT, SITE_VISIT
from tests.instances import put, take

KINDS = (SITE_VISIT, COMPLAINT)


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> CRM:
    """The app knows them from its start, as it would with two more files."""
    for kind in KINDS:
        register(kind)
    return make_app(tmp_path_factory.mktemp("one") / "instance")


@pytest.fixture(scope="session")
def grown(grown: Path, one_app: CRM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    put(one_app, grown)
    with one_app.app_context():
        set_read_only(False)
        Base.metadata.create_all(db.engine, [kind.model.__table__ for kind in KINDS])
        with db.engine.begin() as connection:
            for kind in KINDS:
                if kind.searched:
                    make_search_table(connection, kind.model)
        for role in db.session.scalars(select(Role).where(Role.key.in_(("salesperson", "administrator")))):
            for kind in KINDS:
                held = [kind.permission(verb) for verb in kind.verbs]
                held += [right(f"import_{kind.key}:{verb}") for verb in ("view", "save")]
                grants = [RoleGrant(role_id=role.id, permission=one) for one in held]
                db.session.add_all(grants)
        db.session.commit()
    return take(one_app, tmp_path_factory.mktemp("more") / "instance")
