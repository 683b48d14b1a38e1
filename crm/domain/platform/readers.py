"""Reading lists outside of a request: jobs, emails, long tasks."""

from functools import partial

from sqlalchemy.orm import Session

from crm.domain.platform.settings import read_settings
from crm.entities.listing import Reader
from crm.entities.lookups import Lookups
from crm.entities.record_saving import Actor
from crm.i18n import say


def reader_for(session: Session, actor: Actor, language: str = "") -> Reader:
    """The person as a reader, in the language given or the firm's."""
    firm = read_settings(session)
    return Reader(
        firm.zone,
        Lookups(session, language or firm.language),
        language or firm.language,
        firm_currency=firm.currency,
        firm_decimals=firm.decimals,
        session=session,
        rights=actor.rights,
        now=actor.now,
        say=partial(say, language or firm.language),
    )
