"""What a firm sets: settings, dictionaries, customer levels, places, numbering rules."""

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from crm.models.base import Base, Identified, Versioned
from crm.models.encrypted import EncryptableJSON
from crm.text.built_in_names import is_name_of, name_in, names_of


class Setting(Base):
    """One typed setting; its meaning and default are in `crm.domain.platform.settings`."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(EncryptableJSON)


class FirmLogo(Base):
    """The firm's picture as it is shown: a small PNG drawn here, called by its content (D-6).

    The setting `logo` names the one in use; there is no other.
    """

    __tablename__ = "firm_logos"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


class Named:
    """Mixin of choices of which some come with the program.

    `built_in` is the key of such a one (`crm.text.built_in_names`), which each reader is told in their language, as
    long as nobody renamed it.
    """

    name: Mapped[str] = mapped_column(String(60))
    built_in: Mapped[str | None] = mapped_column(String(60))

    @validates("name")
    def _renamed(self, _key: str, name: str) -> str:
        """What gets another name than those it came with is the firm's own."""
        if self.built_in is not None and not is_name_of(self.built_in, name):
            self.built_in = None
        return name

    def name_in(self, language: str) -> str:
        return name_in(language, self.built_in) if language and self.built_in else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called in any language."""
        return tuple(dict.fromkeys((self.name, *names_of(self.built_in))))


class DictionaryItem(Named, Identified, Base):
    """A choice of a drop-down (D-1). A retired one stays on old records only."""

    __tablename__ = "dictionary_items"
    __table_args__ = (Index("ix_dictionary_items_dictionary", "dictionary", "position", "id"),)

    dictionary: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)
    retired: Mapped[bool] = mapped_column(default=False)
    value: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class CustomField(Identified, Versioned, Base):
    """A field that the firm added to a kind of record (D-2); its values are in `custom` of the records.

    `kind` is what it holds (`crm.entities.custom_fields.KINDS`), `heading` the group of the form in which it stands. A
    retired one is asked for no more, and old records keep its value.
    """

    __tablename__ = "custom_fields"
    __table_args__ = (Index("ix_custom_fields_entity", "entity", "position", "id"),)

    entity: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12))
    heading: Mapped[str | None] = mapped_column(String(40))
    help: Mapped[str | None] = mapped_column(String(200))
    start: Mapped[str | None] = mapped_column(String(200))
    required: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False)
    retired: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class CustomerLevel(Named, Identified, Base):
    """A grade with the number of days until the next contact (P-4, R-2)."""

    __tablename__ = "customer_levels"

    reminder_days: Mapped[int | None]
    colour: Mapped[str] = mapped_column(String(12), default="gray")
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Province(Identified, Versioned, Base):
    """A province with the region it fills in (A-8, C-1)."""

    __tablename__ = "provinces"

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    position: Mapped[int] = mapped_column(default=0)


class City(Identified, Versioned, Base):
    __tablename__ = "cities"

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    province_id: Mapped[int] = mapped_column(ForeignKey("provinces.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)


class NumberingRule(Base):
    """How a code such as `C000012` is made (D-5)."""

    __tablename__ = "numbering_rules"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(10), default="")
    date_part: Mapped[str] = mapped_column(String(8), default="none")
    width: Mapped[int] = mapped_column(default=6)
    restart: Mapped[str] = mapped_column(String(8), default="never")
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class NumberingCounter(Base):
    """The last number given in a period; raised inside the transaction that uses it."""

    __tablename__ = "numbering_counters"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
