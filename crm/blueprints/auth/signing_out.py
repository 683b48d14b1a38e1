"""Signing out: a question, then a POST (F-2)."""

from typing import Any

from flask import redirect, request, url_for

from crm.blueprints.auth import blueprint
from crm.blueprints.auth.browser_session import sign_out
from crm.web.access import own_transaction, signed_in
from crm.web.respond import page


@blueprint.route("/logout", methods=["GET", "POST"])
@signed_in
@own_transaction
def logout() -> Any:
    if request.method != "POST":
        return page("auth/logout.html")
    sign_out()
    return redirect(url_for("auth.login"), 303)
