"""People who have no role and no permission: whoever saves them is warned, and so are they (A-1, A-5)."""

from collections.abc import Iterable

from flask import flash
from flask_login import current_user

from crm.extensions import db
from crm.models import User, rights_of
from crm.web.access import rights
from crm.web.translation import gettext as _


def warn_without_permissions(people: Iterable[User]) -> None:
    """Tell whoever saved them which of them can sign in and then finds nothing."""
    for person in people:
        if person.disabled_at is None and not rights_of(db.session(), person).scopes:
            text = _(
                "%(name)s has no role yet and will see nothing after signing in. Please assign a role.",
                name=person.name,
            )
            flash(text, "warning")


def has_no_permissions() -> bool:
    """Whether the person of this request has no rights at all, which every page then says."""
    return bool(current_user.is_authenticated) and not rights().scopes
