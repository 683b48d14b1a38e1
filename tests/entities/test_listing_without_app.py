"""Lists are read where nobody serves pages: a process with an engine and no app."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from crm.app import CRM
from crm.extensions import db
from tests.cast import Cast
from tests.factories import make_customer
from tests.postgres import sqlite_only

READ = """
import sys
from datetime import UTC, datetime
from sqlalchemy import create_engine, select
from flask import has_app_context
from crm.blueprints import load_features
from crm.domain.platform.readers import reader_for
from crm.domain.platform.settings import read_settings
from crm.entities.listing import LISTINGS, Parameters, Query
from crm.entities.listing.rows import workbook_columns, workbook_rows
from crm.entities.record_saving import Actor
from crm.jobs.database import read_session
from crm.models import User, rights_of
from crm.models.engine import prepare_engine
load_features()
engine = create_engine(sys.argv[1])
prepare_engine(engine, sys.argv[2], "x")
with read_session(engine) as session:
    user = session.scalars(select(User).where(User.login == "wang")).one()
    actor = Actor(rights_of(session, user), datetime.now(UTC), read_settings(session).zone)
    for key, listing in sorted(LISTINGS.items()):
        query = Query(listing, reader_for(session, actor), Parameters.of("q=x" if key == "lookup" else ""))
        rows = list(workbook_rows(query))
        print(key, len(rows), len(workbook_columns(query)), has_app_context())
"""


@sqlite_only("another process opens its file")
def test_every_list_is_read_by_a_process_without_an_app(app: CRM, session: Session, cast: Cast) -> None:
    make_customer(session, cast.wang, name="甲公司")
    make_customer(session, cast.li, name="乙公司")
    session.commit()
    url = db.engine.url.render_as_string(hide_password=False)
    session.rollback()
    given = [sys.executable, "-c", READ, url, app.config["CRM_INSTANCE"]]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(given, cwd=root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert {"customers", "orders", "plan", "pool", "receivables", "products"} <= set(told)
    assert told["customers"][0] == "1"
    assert {context for *_numbers, context in told.values()} == {"False"}
