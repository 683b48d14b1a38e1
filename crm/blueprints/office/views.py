"""My office."""

from typing import Any

from crm.blueprints.office import blueprint
from crm.web.access import signed_in
from crm.web.menu import menu_of
from crm.web.respond import page


@blueprint.get("/password")
@menu_of("password")
@signed_in
def password() -> Any:
    return page("office/password.html")
