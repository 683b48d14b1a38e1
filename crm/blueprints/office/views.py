"""My office: 修改密碼, with one's own data on the same page (O-1)."""

from typing import Any

from flask import request

from crm.blueprints.office import blueprint
from crm.blueprints.office.own_account import account_form, save_account, show_account
from crm.web.access import own_transaction, signed_in
from crm.web.menu import menu_of


@blueprint.route("/password", methods=["GET", "POST"])
@menu_of("password")
@signed_in
@own_transaction
def password() -> Any:
    form = account_form()
    return save_account(form) if request.method == "POST" else show_account(form)
