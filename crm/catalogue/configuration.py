"""The fields of dictionary items, customer levels and the firm's settings (D-1, P-4, D-6)."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

from crm.catalogue.accounts import LANGUAGE, TIME_ZONE
from crm.domain.customers.levels import COLOURS
from crm.domain.platform.dictionaries import WITH_VALUE
from crm.domain.platform.settings import (
    CAPTCHA_AFTER_FAILURES,
    CAPTCHA_ALWAYS,
    CAPTCHA_OFF,
    MAIL_PLAIN,
    MAIL_SSL,
    MAIL_STARTTLS,
    FirmSettings,
)
from crm.entities.document_fields import TAX_MODES
from crm.entities.entity import NOT_FILLED, Field, FieldSet
from crm.entities.people import IntegerChoice
from crm.fields import (
    Context,
    Email,
    FixedChoice,
    Integer,
    LongText,
    Password,
    Phone,
    RateType,
    Text,
    ValueProblem,
    Website,
    YesNo,
    parse_day,
)
from crm.i18n import N_
from crm.models import CustomerLevel

COLOUR_LABELS = (
    ("red", N_("Red")),
    ("orange", N_("Orange")),
    ("yellow", N_("Yellow")),
    ("green", N_("Green")),
    ("teal", N_("Teal")),
    ("blue", N_("Blue")),
    ("purple", N_("Purple")),
    ("gray", N_("Gray")),
)
assert tuple(key for key, _ in COLOUR_LABELS) == COLOURS

LEVEL = FieldSet(
    "levels",
    N_("Customer level"),
    CustomerLevel,
    (
        Field("name", N_("Level name"), Text(60), required=True),
        Field(
            "reminder_days",
            N_("Default reminder time"),
            Integer(0, 3650),
            help=N_("Days until the next contact. Leave empty to leave the date unchanged."),
        ),
        Field("colour", N_("Colour"), FixedChoice(options=COLOUR_LABELS), required=True),
    ),
)

ITEM_NAME = Field("name", N_("Item name"), Text(60), required=True)


def item_fields(dictionary: str) -> tuple[Field, ...]:
    """The name, and the percentage or the days where the dictionary has them."""
    if dictionary not in WITH_VALUE:
        return (ITEM_NAME,)
    label, max_value = WITH_VALUE[dictionary]
    return ITEM_NAME, Field("value", label, Integer(0, max_value), required=True)


@dataclass(frozen=True)
class TimeZone(FixedChoice):
    """A zone of the world's list; the common ones are offered by their city."""

    options: tuple[tuple[str, str], ...] = TIME_ZONE.options

    def read(self, text: str, context: Context) -> str:
        if text not in available_timezones():
            raise ValueProblem(N_("Please choose one from the list."))
        return text

    def show(self, value: Any, context: Context) -> str:
        return super().show(value, context) or value or ""


CAPTCHAS = (
    (CAPTCHA_ALWAYS, N_("Always")),
    (CAPTCHA_AFTER_FAILURES, N_("After the third failure (recommended)")),
    (CAPTCHA_OFF, N_("Never")),
)
WEEK_STARTS = (("0", N_("Monday")), ("6", N_("Sunday")), ("5", N_("Saturday")))

DECIMALS = (("2", N_("Two: 1,234.50")), ("1", N_("One: 1,234.5")), ("0", N_("None: 1,234")))

FIRM, LETTERHEAD, FORMATS = N_("Company details"), N_("Letterhead"), N_("Language and formats")
SALES, SIGNING_IN = N_("Sales"), N_("Signing in")
LOGS = N_("Logs")
DISK = N_("The server's disk")


@dataclass(frozen=True)
class RateText(RateType):
    """A percentage that is stored as text."""

    def read(self, text: str, context: Context) -> Any:
        return super().edit(super().read(text, context), context)

    def show(self, value: Any, context: Context) -> str:
        return f"{value}%" if value else ""

    def edit(self, value: Any, context: Context) -> str:
        return "" if value in (None, "0") else str(value)


@dataclass(frozen=True)
class DaysOff(LongText):
    """Days, one a line, in any writing that a date may have; kept as 2026-12-25, each once, in order."""

    max_length: int = 4000

    def read(self, text: str, context: Context) -> str:
        days = {parse_day(line.strip()) for line in text.splitlines() if line.strip()}
        return "\n".join(day.isoformat() for day in sorted(days))


SETTINGS = FieldSet(
    "settings",
    N_("System settings"),
    FirmSettings,
    (
        Field("firm_name", N_("Company name"), Text(100), required=True, group=FIRM),
        Field("firm_phone", N_("Company telephone"), Phone(), group=LETTERHEAD, help=N_("Printed on documents.")),
        Field("firm_fax", N_("Company fax"), Phone(), group=LETTERHEAD),
        Field("firm_tax_number", N_("Company tax number"), Text(40), group=LETTERHEAD),
        Field("firm_address", N_("Company address"), Text(300), group=LETTERHEAD, wide=True),
        Field(
            "firm_bank",
            N_("Company bank account"),
            LongText(500),
            group=LETTERHEAD,
            wide=True,
            help=N_("Bank, account name and number for payments; printed on quotes and orders."),
        ),
        Field(
            "language",
            N_("Language"),
            LANGUAGE,
            required=True,
            group=FORMATS,
            help=N_("For everybody who has not chosen one, and of emails to them."),
        ),
        Field("timezone", N_("Time zone"), TimeZone(), required=True, group=FORMATS),
        Field(
            "week_starts_on",
            N_("First day of the week"),
            IntegerChoice(options=WEEK_STARTS),
            required=True,
            group=FORMATS,
        ),
        Field("currency", N_("Currency sign"), Text(8), group=FORMATS, help=N_("Shown before amounts; may be empty.")),
        Field(
            "decimals",
            N_("Decimals of amounts"),
            IntegerChoice(options=DECIMALS),
            required=True,
            group=FORMATS,
            help=N_("How amounts are shown. Nothing that is stored changes; an amount with cents still shows them."),
        ),
        Field(
            "days_off",
            N_("Days off"),
            DaysOff(),
            group=FORMATS,
            wide=True,
            help=N_("One day a line, such as 2026-12-25. Saturdays and Sundays are days off anyway."),
        ),
        Field(
            "tax_rate",
            N_("Tax rate %"),
            RateText(),
            group=SALES,
            help=N_("New lines of quotes and orders start with this rate. Leave empty for no tax."),
        ),
        Field(
            "tax_mode",
            N_("Tax mode"),
            TAX_MODES,
            required=True,
            group=SALES,
            help=N_("Whether prices in new documents include tax."),
        ),
        Field(
            "self_approval",
            N_("Allow self-approval"),
            YesNo(),
            group=SALES,
            help=N_("For one-person companies: whoever created an order or a receipt may also approve it."),
        ),
        Field(
            "captcha",
            N_("Verification code"),
            FixedChoice(options=CAPTCHAS),
            required=True,
            group=SIGNING_IN,
            help=N_("Failed attempts are slowed down in any case."),
        ),
        Field(
            "idle_minutes",
            N_("Idle time (minutes)"),
            Integer(5, 1440),
            required=True,
            group=SIGNING_IN,
            help=N_("After this time without activity, people have to sign in again."),
        ),
        Field(
            "help_link", N_("Help link"), Website(), group=SIGNING_IN, wide=True, help=N_("Shown on the login page.")
        ),
        Field(
            "log_days",
            N_("Keep log entries (days)"),
            Integer(30, 36_500),
            required=True,
            group=LOGS,
            help=N_("Older entries of the operation log and the system log are deleted for good, a few every night."),
        ),
        Field("attachments_gb", N_("Space for attachments (GB)"), Integer(1, 100_000), required=True, group=DISK),
    ),
)


SECURITIES = (
    (MAIL_STARTTLS, N_("STARTTLS (usually port 587)")),
    (MAIL_SSL, N_("TLS from the beginning (usually port 465)")),
    (MAIL_PLAIN, N_("None (only within the office network)")),
)
MAIL_SERVER = N_("Mail server")

MAIL = FieldSet(
    "mail",
    MAIL_SERVER,
    FirmSettings,
    (
        Field("mail_host", N_("Server name"), Text(200), group=MAIL_SERVER, help=N_("Leave empty to send no emails.")),
        Field("mail_port", N_("Port"), Integer(1, 65535), required=True, group=MAIL_SERVER),
        Field("mail_security", N_("Encryption"), FixedChoice(options=SECURITIES), required=True, group=MAIL_SERVER),
        Field("mail_user", N_("User name"), Text(200), group=MAIL_SERVER, autocomplete=NOT_FILLED),
        Field(
            "mail_password",
            N_("Mail password"),
            Password(),
            group=MAIL_SERVER,
            help=N_("Leave empty to keep the current password. It is never shown."),
        ),
        Field("mail_from", N_("Sender's address"), Email(), group=MAIL_SERVER),
        Field(
            "mail_site",
            N_("Address of this program"),
            Website(),
            group=MAIL_SERVER,
            help=N_("For links in emails, such as http://192.168.1.10:8000."),
        ),
        Field(
            "mail_notices",
            N_("Send notices by email too"),
            YesNo(),
            group=MAIL_SERVER,
            help=N_("Reminders, approvals and recycling notices are sent to people's email addresses."),
        ),
    ),
)
TEST_ADDRESS = Field("test_address", N_("Send the test to"), Email(), group=MAIL_SERVER)


def settings_fields(firm: FirmSettings) -> tuple[Field, ...]:
    """The form's fields; a zone that is not among the common ones stays offered."""
    zones = TimeZone()
    if firm.timezone not in dict(TIME_ZONE.options):
        zones = TimeZone(options=(*TIME_ZONE.options, (firm.timezone, firm.timezone)))
    return tuple(replace(field, type=zones) if field.key == "timezone" else field for field in SETTINGS)
