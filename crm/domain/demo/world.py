"""What the story's steps share: the people, the clock, the choices."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.domain.demo.choices import Choices
from crm.entities.record_saving import Actor
from crm.models import Rights, User

MANAGER = "manager"


@dataclass(frozen=True)
class World:
    """The demonstration firm while it is being made; `now` is when its past ends."""

    session: Session
    now: datetime
    zone: ZoneInfo
    cast: dict[str, tuple[User, Rights]]
    choices: Choices

    def actor(self, login: str, at: datetime) -> Actor:
        return Actor(self.cast[login][1], at, self.zone)

    def actor_of(self, user_id: int, at: datetime) -> Actor:
        """For what only that person may do, such as completing an item of the own schedule."""
        return next(Actor(rights, at, self.zone) for user, rights in self.cast.values() if user.id == user_id)

    def person_id(self, login: str) -> int:
        return self.cast[login][0].id
