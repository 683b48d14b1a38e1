"""Which opportunity a view may work with."""

from flask import abort

from crm.domain.opportunities import may_change
from crm.extensions import db
from crm.models import Opportunity
from crm.web.access import rights, visible_or_404


def changeable_or_403(id: int) -> Opportunity:
    """The opportunity, if the person may change it; 404 where it cannot even be seen."""
    opportunity: Opportunity = visible_or_404(Opportunity, id)
    if not may_change(db.session(), opportunity, rights()):
        abort(403)
    return opportunity
