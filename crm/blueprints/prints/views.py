"""打印管理: the templates of each kind of document, and making and changing one (A-11)."""

from typing import Any

from flask import abort, flash, request, url_for

from crm.blueprints.prints import blueprint
from crm.blueprints.prints.editor import body_and_choices, editor_values, template_form, template_or_404
from crm.domain.prints.choices import FROM_CHOICES, OWN_HTML
from crm.domain.prints.cleaning import left_out
from crm.domain.prints.printed import PRINTED, PrintedKind
from crm.domain.prints.sheets import example_of, fill, template_problems
from crm.domain.prints.templates import default_template, make_default, save_template, templates_of
from crm.entities.listing.filters import parse_id
from crm.extensions import db
from crm.models import Permission, PrintTemplate
from crm.web.access import actor, may, requires
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm
from crm.web.printing import print_context
from crm.web.respond import go, page
from crm.web.translation import gettext as _


def printed_or_404() -> PrintedKind:
    """The kind of document that the address names; the first one without a name."""
    printed = PRINTED.get(request.values.get("module") or next(iter(PRINTED))) or abort(404)
    return printed.of_firm(db.session())


def list_url(printed: PrintedKind) -> str:
    return url_for("prints.index", module=printed.key)


@blueprint.get("/prints")
@requires(Permission.PRINTS_VIEW)
def index() -> Any:
    printed = printed_or_404()
    return page(
        "prints/index.html",
        printed=printed,
        templates=list(db.session.scalars(templates_of(printed.key))),
        may_save=may(Permission.PRINTS_SAVE),
        tabs=[
            {"label": _(kind.label), "url": list_url(kind), "current": kind.key == printed.key}
            for kind in PRINTED.values()
        ],
    )


@blueprint.post("/prints/default")
@requires(Permission.PRINTS_SAVE)
def choose_default() -> Any:
    """The button beside a template of the list."""
    template, printed = template_or_404(parse_id(request.form.get("template", "")))
    make_default(db.session(), template, actor())
    flash(_("%(what)s is now the default.", what=template.name), "done")
    return go(list_url(printed))


@blueprint.get("/prints/new")
@requires(Permission.PRINTS_SAVE)
def new() -> Any:
    """A copy of the default, or of the template named by `copied_id`."""
    printed = printed_or_404()
    copied_id = request.args.get("of", "")
    template = template_or_404(parse_id(copied_id))[0] if copied_id else default_template(db.session(), printed.key)
    form = template_form(printed, None, template)
    return page("prints/form.html", **editor_values(printed, None, form))


@blueprint.post("/prints")
@requires(Permission.PRINTS_SAVE)
def create() -> Any:
    return _save(printed_or_404(), None)


@blueprint.get("/prints/<int:id>")
@requires(Permission.PRINTS_VIEW)
def edit(id: int) -> Any:
    template, printed = template_or_404(id)
    return page("prints/form.html", **editor_values(printed, template, template_form(printed, template)))


@blueprint.post("/prints/<int:id>")
@requires(Permission.PRINTS_SAVE)
def update(id: int) -> Any:
    template, printed = template_or_404(id)
    return _save(printed, template)


def _save(printed: PrintedKind, template: PrintTemplate | None) -> Any:
    form = template_form(printed, template)
    if request.form.get("do") == "preview":
        # A browser that sends every button to the form's own address.
        form.form_errors.append(_("This browser shows the preview of saved templates only. Please save first."))
        return page("prints/form.html", 422, **editor_values(printed, template, form))

    def save() -> PrintTemplate:
        body, choices = body_and_choices(printed, form, form["body"].data)
        check_body(printed, form, body)
        values = {"name": form["name"].data, "body": body, "paper": form["paper"].data}
        if choices is not None:
            values["choices"] = choices.stored()
        elif template is not None and template.body != body:
            values["choices"] = None
        return save_template(db.session(), template, printed.key, values, actor(), form.opened_version)

    done = attempt(form, save, template)
    if done is None:
        return page("prints/form.html", form.status, **editor_values(printed, template, form))
    flash(_("%(what)s has been saved.", what=done.name), "done")
    if form["source"].data == FROM_CHOICES and (done.choices or {}).get("source") == OWN_HTML:
        flash(_("The HTML was changed by hand, so it is used as it is; the choices are kept for later."), "warning")
    warn_about_stripped(done.body)
    return go(url_for("prints.edit", id=done.id))


def check_body(printed: PrintedKind, form: RecordForm, body: str) -> None:
    """Every mistake beside the field with its line; a trial shows whether the text can be printed at all."""
    problems = template_problems(printed, body)
    for problem in problems[:-1]:
        form.refuse(problem)
    if problems:
        raise problems[-1]
    fill(printed, body, example_of(printed, print_context()))


def warn_about_stripped(body: str) -> None:
    stripped = left_out(body)
    if stripped:
        flash(_("These parts of the template are never printed: %(what)s", what=", ".join(stripped)), "warning")
