"""The person of this request, as lists want their reader."""

from crm.entities.listing import Reader
from crm.extensions import db
from crm.web.access import rights
from crm.web.firm_settings import field_context
from crm.web.language import choose_language
from crm.web.request_clock import now
from crm.web.translation import gettext


def reader() -> Reader:
    known = field_context()
    return Reader(
        known.zone,
        known.lookups,
        choose_language(),
        firm_currency=known.firm_currency,
        firm_decimals=known.firm_decimals,
        session=db.session(),
        rights=rights(),
        now=now(),
        say=gettext,
    )
