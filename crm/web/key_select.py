"""A drop-down of texts whose choices the view lists; only what is listed can be sent."""

from dataclasses import dataclass
from typing import Any

from wtforms import ValidationError

from crm.errors import DomainError
from crm.fields import FieldType
from crm.i18n import N_
from crm.web.controls import CONTROLS, PreloadedSelectField
from crm.web.errors import error_text


@dataclass(frozen=True)
class Listed(FieldType):
    """The key of a choice."""

    kind = "listed"


class KeyField(PreloadedSelectField):
    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data is not None and self.data not in dict(self.listed):
            raise ValidationError(error_text(DomainError(N_("Please choose one from the list."))))


CONTROLS["listed"] = KeyField
