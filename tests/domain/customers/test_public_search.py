"""N-2: customers that were there before the search by name existed are found by it; the texts kept for it."""

from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import select, text

from crm.entities.search_index import NAMES_END, matches_name, matches_search
from crm.extensions import db
from crm.installation.revisions import MIGRATIONS
from crm.models import Customer
from crm.models.engine import set_read_only
from crm.web.server.upgrade import upgrade_database
from tests.conftest import make_app
from tests.factories import make_customer

OLD = {
    "code": "C1",
    "name": "台灣積體電路",
    "short_name": "台積電",
    "pinyin": "twjtdl",
    "tax_number": "2209-9131",
    "email": "A@B.tw",
    "website": "https://www.tsmc.example/zh",
    "registered_on": "2026-01-01",
    "pool": "pool",
    "name_key": "台湾积体电路",
    "core_key": "台湾积体电路",
    "search_text": "台湾积体电路\ue000c1\ue00022099131",
    "created_at": "2026-01-01 00:00:00",
    "updated_at": "2026-01-01 00:00:00",
}


def test_an_older_database_is_made_ready(tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance")
    with app.app_context():
        set_read_only(False)
        upgrade(MIGRATIONS, "0001")
        places = ", ".join(f":{key}" for key in OLD)
        db.session.execute(text(f"INSERT INTO customers ({', '.join(OLD)}) VALUES ({places})"), OLD)
        db.session.commit()
        upgrade_database(app)
        customer = db.session.scalars(select(Customer)).one()
        names, _, numbers = customer.search_text.partition(NAMES_END)
        assert {"台湾积体电路", "台积电", "twjtdl", "tjd"} <= set(names.split("\ue000"))
        assert "22099131" in numbers
        assert (customer.tax_key, customer.email_key, customer.website_key) == ("22099131", "a@b.tw", "tsmc.example")
        db.session.remove()
        db.engine.dispose()


def test_names_alone_can_be_asked_for(session, cast):
    known = {"short_name": "台積電", "phone": "02-2531-7099", "tax_number": "22099131"}
    make_customer(session, cast.wang, name="台灣積體電路 TSMC", **known)

    def hits(condition, typed):
        return len(session.scalars(select(Customer.id).where(condition(session, Customer, typed))).all())

    for typed in ("積體", "积体", "tsmc", "tjd", "台積電", "電路 tsmc", "twjt"):
        assert (hits(matches_search, typed), hits(matches_name, typed)) == (1, 1), typed
    for typed in ("2531", "22099131", "C000001", "tsmc 2531"):
        assert (hits(matches_search, typed), hits(matches_name, typed)) == (1, 0), typed
    for typed in ("", "%", "聯發科"):
        assert hits(matches_name, typed) == 0
