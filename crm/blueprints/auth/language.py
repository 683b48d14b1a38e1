"""The language switch on every page."""

from typing import Any

from flask import redirect, request
from flask_login import current_user

from crm.blueprints.auth import blueprint
from crm.web.access import public
from crm.web.language import LANGUAGES, switch_language
from crm.web.sessions import safe_next


@blueprint.post("/language")
@public
def language() -> Any:
    """Switch this browser and, where somebody is signed in, the account; another word changes nothing."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        if current_user.is_authenticated:
            current_user.language = chosen
        switch_language(chosen)
    return redirect(safe_next(request.form.get("next")), 303)
