"""Who reads a list: all that one may ask of the world around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from crm.clock import day_of, start_of
from crm.entities.record_saving import Actor
from crm.fields import Context
from crm.models import Rights


@dataclass(kw_only=True)
class Reader(Context):
    """A person, with the session that they read through, the moment, and how a message id is said to them.

    A request makes its own (`crm.web.current_reader`); a job or an email has one from `crm.domain.platform.readers`.
    """

    session: Session
    rights: Rights
    now: datetime
    say: Callable[[str], str]
    notes: dict[str, Any] = field(default_factory=dict)
    """What a list read for its rows (`Listing.prepare`), for the cells that are made of it."""

    @property
    def actor(self) -> Actor:
        """The same person for questions about what they may do."""
        return Actor(self.rights, self.now, self.zone)

    @cached_property
    def today(self) -> date:
        """The day of the firm's zone."""
        return day_of(self.now, self.zone)

    @cached_property
    def day_start(self) -> datetime:
        """The first moment of that day."""
        return start_of(self.today, self.zone)
