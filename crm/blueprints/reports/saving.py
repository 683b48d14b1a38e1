"""我的報表: keeping a question under a name, on the workbench, and sending it by email (X-6)."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select

from crm.blueprints.reports.addresses import report_url
from crm.blueprints.reports.panel import panel_key
from crm.blueprints.reports.views import asked_of
from crm.catalogue.reports import EVERY, KEEPING, SENDING, WEEKDAYS
from crm.domain.customers.owners import ACTIVE
from crm.domain.office import workbench as rules
from crm.domain.platform.mail import is_mail_configured
from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.declaration import Report
from crm.domain.reports.saved_reports import (
    delete_report,
    openable_reports,
    save_report,
    saved_query,
    schedule_email,
    visible_reports,
)
from crm.domain.reports.sheet import sentence
from crm.extensions import db
from crm.models import Role, SavedReport, User
from crm.models.reports import MONTHLY, NEVER, WEEKLY
from crm.web.access import actor, check_may, one_or_404, rights, signed_in
from crm.web.current_reader import reader
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import form_for
from crm.web.menu import menu_of
from crm.web.panels import all_panels, available_panels, default_layout
from crm.web.respond import form_again, page, saved
from crm.web.translation import gettext as _

MINE = "my_reports"
MAX_ID_LENGTH = 9


def register(blueprint: Blueprint) -> None:
    """The addresses of saved reports; the button that saves stands beside each report."""
    for rule, name, view, method in (
        ("/reports", "mine", index, "get"),
        ("/reports/kept/<int:id>", "kept", show, "get"),
        ("/reports/kept/<int:id>/email", "email", edit_email, "get"),
        ("/reports/kept/<int:id>/email", "save_email", save_email, "post"),
        ("/reports/kept/<int:id>/workbench", "add_to_workbench", add_to_workbench, "post"),
        ("/reports/kept/<int:id>/delete", "ask_delete", ask_delete, "get"),
        ("/reports/kept/<int:id>/delete", "delete", delete, "post"),
    ):
        getattr(blueprint, method)(rule, endpoint=name)(menu_of(MINE)(signed_in(view)))


def index() -> Any:
    """Everything that the person keeps or may use."""
    current_reader = reader()
    names = dict(db.session.execute(select(Role.id, Role.name)).all())
    people = current_reader.lookups.people
    rows = [
        {
            "kept": saved_report,
            "report": _(REPORTS[saved_report.report].label),
            "sentence": " · ".join(sentence(question)),
            "unclear": bool(question.problems),
            "shared": names.get(saved_report.role_id or 0, ""),
            "sent": schedule_text(saved_report),
            "mine": saved_report.user_id == rights().user_id,
            "whose": people.name(saved_report.user_id),
        }
        for saved_report in openable_reports(current_reader)
        for question in (saved_query(saved_report, current_reader),)
    ]
    return page("reports/mine.html", rows=rows)


def schedule_text(saved_report: SavedReport) -> str:
    if saved_report.every == NEVER:
        return ""
    parts = [_(dict(EVERY)[saved_report.every])]
    if saved_report.every == WEEKLY:
        parts.append(_(dict(WEEKDAYS)[str(saved_report.weekday)]))
    if saved_report.every == MONTHLY:
        parts.append(str(saved_report.month_day))
    return " · ".join([*parts, f"{saved_report.hour:02d}:00"])


def show(id: int) -> Any:
    """The report with what was kept; relative periods begin anew."""
    saved_report = visible_report(id)
    # As it was kept: what cannot be asked any more is told beside its field, and not left out.
    parameters = "&".join(filter(None, (saved_report.query, f"kept={saved_report.id}")))
    return redirect(f"{url_for(f'reports.{saved_report.report}')}?{parameters}")


def visible_report(id: int) -> SavedReport:
    saved_report: SavedReport = one_or_404(visible_reports(rights().user_id).where(SavedReport.id == id))
    check_may(REPORTS[saved_report.report].view)
    return saved_report


def own_report(id: int) -> SavedReport:
    own_reports = select(SavedReport).where(SavedReport.id == id, SavedReport.user_id == rights().user_id)
    saved_report: SavedReport = one_or_404(own_reports)
    check_may(REPORTS[saved_report.report].view)
    return saved_report


def ask_name(report: Report) -> Any:
    """【保存條件】 asks for a name."""
    query = asked_of(report)
    if query.problems:
        return back_to_the_report(query)
    return page("reports/keep.html", **_values(report, form_for(tuple(KEEPING))))


def back_to_the_report(query: ReportQuery) -> Any:
    """Only what can be asked is kept; the page says what cannot."""
    return redirect(f"{url_for(f'reports.{query.report.key}')}?{request.query_string.decode('ascii', 'ignore')}")


def save(report: Report) -> Any:
    query, form = asked_of(report), form_for(tuple(KEEPING))
    if query.problems:
        return back_to_the_report(query)
    saved_report = attempt(form, lambda: save_report(query, form.values(), actor()))
    if saved_report is None:
        return form_again("reports/keep.html", form.status, **_values(report, form))
    return saved(
        url_for("reports.kept", id=saved_report.id), _("The report has been saved as %(name)s.", name=saved_report.name)
    )


def _values(report: Report, form: Any) -> dict[str, Any]:
    query = asked_of(report)
    return {
        "form": form,
        "title": _(report.label),
        "sentence": " · ".join(sentence(query)),
        "back": report_url(query),
        "action": report_url(query, "keep"),
    }


def edit_email(id: int) -> Any:
    saved_report = own_report(id)
    return page("reports/email.html", **_email_values(saved_report, form_for(tuple(SENDING), saved_report)))


def save_email(id: int) -> Any:
    saved_report = own_report(id)
    form = form_for(tuple(SENDING), saved_report)
    chosen = [_id_of(text) for text in request.form.getlist("receivers")]

    def plan() -> SavedReport:
        return schedule_email(db.session(), saved_report, form.values(), chosen, actor(), form.opened_version)

    if attempt(form, plan, saved_report) is None:
        return form_again("reports/email.html", form.status, **_email_values(saved_report, form, chosen))
    if saved_report.every == NEVER:
        message = _("The report is no longer emailed.")
    else:
        message = _("The report will be emailed: %(when)s.", when=schedule_text(saved_report))
    return saved(url_for("reports.mine"), message)


def _id_of(text: str) -> int:
    """The id that was sent; 0, which no record has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_ID_LENGTH else 0


def _email_values(saved_report: SavedReport, form: Any, chosen: list[int] | None = None) -> dict[str, Any]:
    people = db.session.scalars(select(User).where(*ACTIVE).order_by(User.pinyin, User.id)).all()
    if chosen is None:
        chosen = [receiver.user_id for receiver in saved_report.receivers] or [rights().user_id]
    return {
        "kept": saved_report,
        "form": form,
        "people": [(person, person.id in chosen) for person in people],
        "can_mail": is_mail_configured(settings()),
    }


def add_to_workbench(id: int) -> Any:
    """放到工作臺: a panel of the person's own workbench."""
    saved_report = visible_report(id)
    user = current_user._get_current_object()
    layout = rules.visible_layout(rules.read_layout(user.workbench, all_panels(), default_layout()), available_panels())
    layout = rules.add_panels(layout, [panel_key(saved_report)])
    rules.save_layout(
        db.session(), user, layout, all_panels(), available_panels(), user.workbench_version, default_layout()
    )
    return saved(url_for("workbench.show"), _("%(name)s is now on the workbench.", name=saved_report.name))


def ask_delete(id: int) -> Any:
    return page("reports/delete.html", kept=own_report(id))


def delete(id: int) -> Any:
    saved_report = own_report(id)
    name = saved_report.name
    delete_report(db.session(), saved_report)
    return saved(url_for("reports.mine"), _("%(name)s has been deleted.", name=name))
