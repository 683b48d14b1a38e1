"""【打印】: the sheet of a record, by one of the templates of its kind (A-12)."""

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, request, url_for

from crm.domain.prints.choices import stored_choices
from crm.domain.prints.printed import PRINTED, PrintedKind
from crm.domain.prints.sheets import sheet_of
from crm.domain.prints.templates import templates_of
from crm.entities import policy
from crm.entities.change_log import PRINT
from crm.extensions import db
from crm.models import PrintTemplate
from crm.web.access import get_or_404, requires
from crm.web.log import write_operation_log
from crm.web.printing import SheetLayout, language_links, print_context, sheet_page, sheet_title, title_of_record


def add_addresses(app: Flask) -> None:
    """One for each kind of record that is printed: `prints.orders`."""
    for key, printed in PRINTED.items():
        app.add_url_rule(
            f"/print/{key.replace('_', '-')}/<int:id>", f"prints.{key}", requires(*printed.permissions)(_view_of(key))
        )


def _view_of(key: str) -> Callable[[int], Any]:
    return lambda id: print_record(PRINTED[key].of_firm(db.session()), get_or_404(key, id, policy.PRINT))


def print_record(printed: PrintedKind, record: Any) -> Any:
    """The sheet, and a row in the log: who printed what (A-9)."""
    templates = list(db.session.scalars(templates_of(printed.key)))
    template = chosen_template(templates)
    context = print_context()
    title = sheet_title(printed, record, context.say)
    answer = sheet_page(
        sheet_of(printed, template.body, record, context),
        title,
        SheetLayout(template.paper, stored_choices(printed.key, template.choices).running),
        can_print=True,
        templates=[
            {"name": other.name, "url": address(printed, record, other, context.language), "current": other is template}
            for other in templates
        ],
        speech=language_links(lambda language: address(printed, record, template, language)),
        back=record_url(printed, record),
    )
    write_operation_log(PRINT, printed.key, record.id, title_of_record(record), {"template": [None, template.name]})
    return answer


def chosen_template(templates: list[PrintTemplate]) -> PrintTemplate:
    """The one asked for, else the default."""
    template_id = request.args.get("template", "")
    if not template_id:
        return templates[0]
    chosen = next((template for template in templates if str(template.id) == template_id), None)
    if chosen is None:
        abort(404)
    return chosen


def address(printed: PrintedKind, record: Any, template: PrintTemplate, language: str) -> str:
    return url_for(f"prints.{printed.key}", id=record.id, template=template.id, language=language)


def record_url(printed: PrintedKind, record: Any) -> str:
    endpoint = f"{printed.key}.show"
    return url_for(endpoint, id=record.id) if endpoint in current_app.view_functions else ""
