"""The rules of a new password in a form, all told at once (O-1)."""

from collections.abc import Callable

from crm.domain.accounts.passwords import check_new_password
from crm.errors import FieldError
from crm.i18n import N_
from crm.web.forms import RecordForm


def new_password_rules(form: RecordForm, login: Callable[[], str], key: str = "password", again: str = "") -> None:
    """`login` is whose it will be; `again` the field where it is typed once more."""
    form.rule((key,), lambda password: check_new_password(password or "", login(), key))
    if again:
        typed_twice(form, key, again)


def typed_twice(form: RecordForm, key: str, again: str) -> None:
    """Nobody sees what they type: both fields must say the same."""

    def differ(password: str | None, repeated: str | None) -> None:
        if (password or "") != (repeated or ""):
            raise FieldError(again, N_("The two passwords differ. Please type the same one twice."))

    form.rule((key, again), differ)
