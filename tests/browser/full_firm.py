"""A firm with something on every page, and the addresses of all its pages."""

import functools
from collections.abc import Callable, Iterator
from contextvars import Context
from decimal import Decimal
from typing import Any

from flask import Flask, template_rendered

from . import plug

NO_PAGES = ("static", "auth.logout", "schedule.calendar_file", "global_search.index", "lines.new")
Name = Callable[[int, str], str]
"""Makes a name of so many letters that ends in something."""


def fill(app: Flask, name: Name) -> None:
    """Everything that can be called something is called what `name` makes."""
    from crm.extensions import db
    from tests.cast import hire, read_cast

    with app.app_context():
        session = db.session()
        hire(session)
        fill_hired(session, read_cast(session), name)
        session.commit()


def fill_hired(session: Any, cast: Any, name: Name) -> None:
    """The same in a firm whose people are there."""
    _sell(session, cast, name)
    _rename(session, name)


def _rename(session: Any, name: Name) -> None:
    from sqlalchemy import select

    from crm.domain.platform.settings import change_settings
    from crm.models import CustomerLevel, DictionaryItem, ImportTemplate, OrgUnit, PrintTemplate, Role, User

    kinds = (OrgUnit, User, Role, CustomerLevel, DictionaryItem, ImportTemplate, PrintTemplate)
    for model in kinds:
        for record in session.scalars(select(model)):
            record.name = name(40 if model is Role else 60, str(record.id))
    for person in session.scalars(select(User)):
        person.job_title, person.email = name(60, ""), f"{name(60, '')}@example.com"
    change_settings(session, firm_name=name(100, ""))
    session.flush()


def _sell(session: Any, cast: Any, name: Name) -> None:
    from tests import factories as make

    more = {"short_name": name(100, ""), "address": name(300, ""), "website": f"http://{name(150, '')}.com"}
    customer = make.make_customer(session, cast.admin, name(200, ""), phone="02-2531-7099", **more)
    make.make_customer(session, cast.admin, name(200, "POOL"), pooled=True)
    contact = make.make_contact(session, customer, cast.admin, name(60, ""), notes=name(200, ""))
    make.make_record(session, customer, cast.admin, content=name(200, ""), next_plan=name(200, ""))
    opportunity = make.make_opportunity(session, customer, cast.admin, name(200, ""), contact_id=contact.id)
    make.make_category(session, name(60, ""))
    product = make.make_product(session, name(100, ""), specification=name(100, ""))
    line = {"product_id": product.id, "quantity": Decimal(2), "price": Decimal(9999999), "notes": name(100, "")}
    named = {"title": name(200, ""), "notes": name(300, ""), "lines": [line]}
    make.make_quote(session, customer, cast.admin, opportunity_id=opportunity.id, **named)
    delivery = {"consignee": name(60, ""), "delivery_address": name(300, "")}
    make.make_order(session, customer, cast.admin, **delivery, **named)
    make.submitted(session, make.make_order(session, customer, cast.admin), cast.admin, cast.order)
    paid = make.approved_order(session, customer, cast.admin, cast.order, "1000000")
    make.make_receipt(session, customer, cast.admin, {paid: "400"}, payer=name(60, ""), account=name(60, ""))
    make.make_letter(session, cast.admin)
    make.make_target(session, cast.admin, cast.admin)
    make.make_bulletin(session, cast.admin, name(100, ""), body=name(300, ""))


def addresses(app: Flask) -> Iterator[str]:
    """Of every rule; where it names a record, the first one. A sheet opens the printer's window, and has tests of its
    own."""
    names = {"key": "customers", "entity": "customers", "kind": "orders", "module": "orders", "step": "submit"}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGES:
            continue
        if rule.rule.startswith("/print/") or rule.rule.endswith(("/print", "/preview", "/export", ".png")):
            continue
        with app.test_request_context():
            values = {name: names.get(name, 1) for name in rule.arguments}
            built = app.url_map.bind("localhost").build
            try:
                yield built(rule.endpoint, values)
            except Exception:  # its parts are of another kind
                continue


@functools.cache
def pages(app: Flask) -> dict[str, str]:
    """The addresses that answer the administrator with a page, each with its template: no file, no picture, no part
    of a page."""
    client, found, shown = app.test_client(), {}, [""]
    for name, value in plug.let_in(app, "admin").items():
        client.set_cookie(name, value)
    with template_rendered.connected_to(lambda _app, template, context: shown.append(str(template.name)), app):
        for address in addresses(app):
            answer = Context().run(client.get, address)
            if answer.status_code == 200 and b"<html" in answer.get_data()[:200]:
                found[address] = shown[-1]
    assert len(found) > 100
    return found


def one_of_each_shape(app: Flask) -> list[str]:
    """The first address of the templates that are called alike and stand on the same layout: the question before
    deleting, the form, the list of one kind of record stands for those of the others."""
    loader, shapes = app.jinja_env.loader, {}
    assert loader is not None
    for address, template in pages(app).items():
        extends = loader.get_source(app.jinja_env, template)[0].partition("%}")[0]
        shapes.setdefault((extends, template.rpartition("/")[2]), address)
    return list(shapes.values())
