"""Types of texts: a line, several lines, codes, telephones, addresses of emails and websites, passwords."""

import re
from dataclasses import dataclass

from crm.fields.field_type import Context, FieldType, ValueProblem, check_length
from crm.i18n import N_
from crm.text import half_width, has_visible_text, is_invisible, normalize_url, several_lines

_EMAIL = re.compile(r"[^@\s<>\",;:()\[\]\\]+@([^@\s<>\",;:()\[\]\\.]+\.)+[^@\s<>\",;:()\[\]\\.]+")


@dataclass(frozen=True)
class Text(FieldType):
    """One line; `max_length` counts characters."""

    max_length: int = 200

    def read(self, text: str, context: Context) -> str:
        if not has_visible_text(text):
            raise ValueProblem(N_("This contains no visible text. Please enter something, or leave it empty."))
        return text


@dataclass(frozen=True)
class LongText(Text):
    """Several lines; lines end with LF."""

    kind = "long"
    max_length: int = 10_000

    def text(self, typed: str) -> str:
        return check_length(several_lines(typed), self.max_length)


@dataclass(frozen=True)
class PlainText(Text):
    """A line that is read by machines and compared sign by sign: half width, and all of it is seen."""

    def read(self, text: str, context: Context) -> str:
        unseen = next((c for c in text if is_invisible(c)), None)
        if unseen is not None:
            message = N_("Please remove the invisible character %(code)s.")
            raise ValueProblem(message, code=f"U+{ord(unseen):04X}")
        return half_width(text)


@dataclass(frozen=True)
class Code(PlainText):
    """What a record is called by; two codes never look the same."""

    max_length: int = 40


@dataclass(frozen=True)
class Phone(PlainText):
    kind = "phone"
    max_length: int = 60

    def read(self, text: str, context: Context) -> str:
        text = super().read(text, context)
        if not any(c.isdigit() for c in text):
            raise ValueProblem(N_("Please enter a telephone number with digits, such as 02-2531-7099."))
        return text


@dataclass(frozen=True)
class Email(PlainText):
    kind = "email"

    def read(self, text: str, context: Context) -> str:
        text = super().read(text, context)
        if not _EMAIL.fullmatch(text):
            raise ValueProblem(N_("Please enter one email address, such as name@example.com."))
        return text


@dataclass(frozen=True)
class Website(PlainText):
    """An address on the web; only http and https, so that it can be shown as a link (hostile case 36)."""

    kind = "website"

    def read(self, text: str, context: Context) -> str:
        address = normalize_url(super().read(text, context))
        if address is None:
            raise ValueProblem(N_("Please enter a web address that begins with http:// or https://."))
        return address


@dataclass(frozen=True)
class Password(FieldType):
    """A secret: never shown again, and kept exactly as typed (blanks too; see `typed` of the control)."""

    kind = "password"
