"""Saving a form through a verb of the domain: all of it, or the form again with what was typed."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from crm.entities.record_saving import check_version_number
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.extensions import db
from crm.models import SentForm
from crm.web.errors import error_text
from crm.web.formatting import show_value
from crm.web.forms import RecordForm, add_reference_errors, is_preview_only
from crm.web.idempotency import already_saved_message, earlier_record, record_of, remember_record
from crm.web.translation import gettext as _

Saved = TypeVar("Saved")


def attempt(
    form: RecordForm, verb: Callable[[], Saved], record: Any = None, own: tuple[type[DomainError], ...] = ()
) -> Saved | None:
    """The verb's result, or None where the form must be shown again (`form.status` says how).

    Refusals of the kinds `own` are raised: the caller answers them itself. The verb runs in a savepoint, so that
    a refusal leaves nothing behind for the page that follows.
    """
    form.status, form.conflict = 422, []
    if is_preview_only():
        form.status = 200
        add_reference_errors(form)
        return None
    version = getattr(record, "version", None)
    before = earlier_record() if version is None else None
    if not form.validate() and before is None:
        return None
    if before is not None:
        _refuse_again(form, before)
        return None
    try:
        with db.session.begin_nested():
            done = verb()
            # The verb speaks first. But whatever it looks at, nobody saves over what they did not see.
            if version is not None:
                check_version_number(version, form.opened_version)
            remember_record(done)
            return done
    except FieldError as error:
        form.refuse(error)
    except NotAllowed as error:
        form.form_errors.append(error_text(error))
        form.status = 403
    except IntegrityError as error:
        if not is_taken(error):
            raise
        form.form_errors.append(_("Someone else just used the same code or name. Please save again."))
        form.status = 409
    except StaleRecord as error:
        form.form_errors.append(error_text(error))
        form.status = 409
        form.conflict = differences(form, record)
        form.version.data = str(record.version)
        form.version.raw_data = None
    except DomainError as error:
        if isinstance(error, own):
            raise
        form.form_errors.append(error_text(error))
        form.status = 409
    return None


def _refuse_again(form: RecordForm, before: SentForm) -> None:
    """The form made a record already, with another content: both are shown, and the person decides."""
    form.status, form.saved_before = 409, record_of(before)
    form.form_errors.append(already_saved_message(before))
    if form.saved_before is not None:
        form.conflict = differences(form, form.saved_before)


def is_taken(error: IntegrityError) -> bool:
    """Whether two people saved what may be there once only; where writers wait for each other it cannot happen."""
    return getattr(error.orig, "sqlstate", "") == "23505" or "UNIQUE constraint" in str(error.orig)


def differences(form: RecordForm, record: Any) -> list[tuple[str, str, str]]:
    """(label, what is stored now, what this person typed) of the fields that differ (hostile case 34)."""
    changes = []
    for field in form.declared:
        if not field.is_kept_in(record):
            continue
        stored, typed = field.value_of(record), form[field.key].data
        if stored != typed:
            changes.append((_(field.label), show_value(field, stored), show_value(field, typed)))
    return changes
