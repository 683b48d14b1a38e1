"""The rules of a new password in a form, all told at once (O-1)."""

from collections.abc import Callable

from crm.domain.accounts.passwords import check_new_password
from crm.errors import FieldError
from crm.i18n import N_
from crm.web.forms import RecordForm


def new_password_rules(form: RecordForm, login: Callable[[], str], key: str = "password", repeat_key: str = "") -> None:
    """`login` is whose it will be; `repeat_key` the field where it is typed once more."""
    form.rule((key,), lambda password: check_new_password(password or "", login(), key))
    if repeat_key:
        typed_twice(form, key, repeat_key)


def typed_twice(form: RecordForm, key: str, repeat_key: str) -> None:
    """Nobody sees what they type: both fields must say the same."""

    def differ(password: str | None, repeated: str | None) -> None:
        if (password or "") != (repeated or ""):
            raise FieldError(repeat_key, N_("The two passwords differ. Please type the same one twice."))

    form.rule((key, repeat_key), differ)
