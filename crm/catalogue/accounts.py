"""The fields of the login page, of the set-up page and of one's own account (L-1, L-3, L-6, O-1)."""

from crm.entities.entity import OLD_PASSWORD, Field
from crm.fields import Email, FixedChoice, Password, Phone, Text, YesNo
from crm.i18n import N_

# Each language is named in itself.
LANGUAGE = FixedChoice(options=(("zh_Hant", "繁體中文"), ("zh_Hans", "简体中文"), ("en", "English")))

TIME_ZONE = FixedChoice(
    options=(
        ("Asia/Shanghai", N_("China (Shanghai)")),
        ("Asia/Taipei", N_("Taiwan (Taipei)")),
        ("Asia/Hong_Kong", N_("Hong Kong")),
        ("Asia/Macau", N_("Macau")),
        ("Asia/Singapore", N_("Singapore")),
        ("Asia/Kuala_Lumpur", N_("Malaysia (Kuala Lumpur)")),
        ("Asia/Urumqi", N_("China (Ürümqi)")),
        ("Asia/Tokyo", N_("Japan (Tokyo)")),
        ("Asia/Seoul", N_("Korea (Seoul)")),
        ("Asia/Manila", N_("Philippines (Manila)")),
        ("Asia/Jakarta", N_("Indonesia (Jakarta)")),
        ("Asia/Bangkok", N_("Thailand (Bangkok)")),
        ("Asia/Ho_Chi_Minh", N_("Vietnam (Ho Chi Minh City)")),
        ("Asia/Yangon", N_("Myanmar (Yangon)")),
        ("Asia/Dhaka", N_("Bangladesh (Dhaka)")),
        ("Asia/Kolkata", N_("India (Kolkata)")),
        ("Asia/Karachi", N_("Pakistan (Karachi)")),
        ("Asia/Dubai", N_("Emirates (Dubai)")),
        ("Asia/Riyadh", N_("Saudi Arabia (Riyadh)")),
        ("Europe/Moscow", N_("Russia (Moscow)")),
        ("Europe/Istanbul", N_("Turkey (Istanbul)")),
        ("Africa/Cairo", N_("Egypt (Cairo)")),
        ("Africa/Nairobi", N_("Kenya (Nairobi)")),
        ("Africa/Johannesburg", N_("South Africa (Johannesburg)")),
        ("Africa/Lagos", N_("Nigeria (Lagos)")),
        ("Europe/Berlin", N_("Germany (Berlin)")),
        ("Europe/Paris", N_("France (Paris)")),
        ("Europe/Madrid", N_("Spain (Madrid)")),
        ("Europe/London", N_("United Kingdom (London)")),
        ("America/Sao_Paulo", N_("Brazil (São Paulo)")),
        ("America/New_York", N_("USA (New York)")),
        ("America/Toronto", N_("Canada (Toronto)")),
        ("America/Chicago", N_("USA (Chicago)")),
        ("America/Mexico_City", N_("Mexico (Mexico City)")),
        ("America/Denver", N_("USA (Denver)")),
        ("America/Los_Angeles", N_("USA (Los Angeles)")),
        ("America/Vancouver", N_("Canada (Vancouver)")),
        ("Pacific/Honolulu", N_("USA (Honolulu)")),
        ("Pacific/Auckland", N_("New Zealand (Auckland)")),
        ("Australia/Sydney", N_("Australia (Sydney)")),
        ("Australia/Perth", N_("Australia (Perth)")),
        ("UTC", N_("World time (UTC)")),
    )
)
ZONE_OF_REGION = {
    "CN": "Asia/Shanghai",
    "TW": "Asia/Taipei",
    "HK": "Asia/Hong_Kong",
    "MO": "Asia/Macau",
    "SG": "Asia/Singapore",
    "MY": "Asia/Kuala_Lumpur",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "PH": "Asia/Manila",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "MM": "Asia/Yangon",
    "GB": "Europe/London",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "ES": "Europe/Madrid",
    "NZ": "Pacific/Auckland",
}
"""The region in a browser's language → its one zone, or the one where its people live; `en-US` says nothing, as half
the world's browsers say it."""

LOGIN_FIELDS = (
    Field("username", N_("User name"), Text(60), required=True, autocomplete="username"),
    Field("password", N_("Password"), Password(), required=True, autocomplete=OLD_PASSWORD),
    Field("captcha", N_("Verification code"), Text(20), autocomplete="off"),
)

FORGOTTEN_FIELDS = (Field("username", N_("User name"), Text(60), required=True, autocomplete="username"),)
BY_LINK_FIELDS = (
    Field(
        "new_password",
        N_("New password"),
        Password(),
        required=True,
        help=N_("At least 8 characters; a few words are easy to remember and hard to guess."),
    ),
    Field("confirm", N_("Confirm new password"), Password(), required=True),
)

FIRM, ADMINISTRATOR, START = N_("Your company"), N_("The administrator"), N_("Getting started")

SET_UP_FIELDS = (
    Field("firm_name", N_("Company name"), Text(100), required=True, group=FIRM, autocomplete="organization"),
    Field("language", N_("Language"), LANGUAGE, required=True, group=FIRM),
    Field("timezone", N_("Time zone"), TIME_ZONE, required=True, group=FIRM),
    Field(
        "admin_name",
        N_("Administrator's name"),
        Text(60),
        required=True,
        group=ADMINISTRATOR,
        autocomplete="name",
    ),
    Field("login", N_("User name"), Text(60), required=True, group=ADMINISTRATOR, autocomplete="username"),
    Field(
        "password",
        N_("Password"),
        Password(),
        required=True,
        group=ADMINISTRATOR,
        help=N_("At least 8 characters; a few words are easy to remember and hard to guess."),
    ),
    Field("confirm", N_("Confirm password"), Password(), required=True, group=ADMINISTRATOR),
    Field(
        "demo",
        N_("Load demo data"),
        YesNo(),
        group=START,
        help=N_("Fictional people, customers and records for trying everything out. Takes up to a minute."),
    ),
    Field(
        "code",
        N_("One-time code"),
        Text(40),
        required=True,
        group=START,
        autocomplete="one-time-code",
        help=N_("It is shown in the window where the server was started."),
    ),
)

CODE = Field(
    "code",
    N_("Code of the app"),
    Text(40),
    required=True,
    autocomplete="one-time-code",
    help=N_("The six digits currently shown by the authenticator app, or one of your recovery codes."),
)
NEW_FACTOR_FIELDS = (
    Field("password", N_("Password"), Password(), required=True, autocomplete=OLD_PASSWORD),
    Field(
        "code",
        N_("Code of the app"),
        Text(40),
        required=True,
        autocomplete="one-time-code",
        help=N_("The six digits currently shown by the app."),
    ),
)
PASSWORD_FIELDS = (Field("password", N_("Password"), Password(), required=True, autocomplete=OLD_PASSWORD),)

PASSWORDS, OWN_DATA = N_("Password"), N_("My details")

ACCOUNT_FIELDS = (
    Field("old_password", N_("Old password"), Password(), group=PASSWORDS, autocomplete=OLD_PASSWORD),
    Field(
        "new_password",
        N_("New password"),
        Password(),
        group=PASSWORDS,
        help=N_("At least 8 characters; a few words are easy to remember and hard to guess."),
    ),
    Field("confirm", N_("Confirm new password"), Password(), group=PASSWORDS),
    Field("email", N_("Email"), Email(), group=OWN_DATA, autocomplete="email"),
    Field("mobile", N_("Mobile"), Phone(40), group=OWN_DATA, autocomplete="tel"),
    Field("phone", N_("Telephone"), Phone(40), group=OWN_DATA, autocomplete="tel"),
    Field("language", N_("Language"), LANGUAGE, group=OWN_DATA),
)
