"""Cleaning: the cells of people's spreadsheets made into values (I-5).

Each cleaner takes a cell as it was found and returns the value, or None where the cell says nothing
(empty, or one of the placeholders). What cannot be understood raises CleaningError; what was
understood only in part is told to `warn(message, values)`, which by default is not listened to.
"""

from crm.spreadsheets.cleaning.addresses import email, website
from crm.spreadsheets.cleaning.codes import code, phone
from crm.spreadsheets.cleaning.dates import date_of, moment
from crm.spreadsheets.cleaning.leading_zeros import code_reader, phone_reader
from crm.spreadsheets.cleaning.numbers import integer, money, number
from crm.spreadsheets.cleaning.texts import MAX_LENGTH, Warn, as_text, ignore_warnings, is_blank_or_placeholder, text
from crm.spreadsheets.cleaning.yes_no import yes_no
from crm.spreadsheets.errors import CleaningError

__all__ = [
    "MAX_LENGTH",
    "CleaningError",
    "Warn",
    "as_text",
    "code",
    "code_reader",
    "date_of",
    "email",
    "ignore_warnings",
    "integer",
    "is_blank_or_placeholder",
    "moment",
    "money",
    "number",
    "phone",
    "phone_reader",
    "text",
    "website",
    "yes_no",
]
