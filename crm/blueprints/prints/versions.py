"""Older texts of a template, the text it came with, and deleting it (A-11)."""

from typing import Any

from flask import flash, request, url_for
from sqlalchemy import select

from crm.blueprints.prints import blueprint
from crm.blueprints.prints.editor import template_or_404
from crm.blueprints.prints.views import list_url
from crm.domain.prints.templates import delete_template, restore_built_in, restore_version, versions_of
from crm.extensions import db
from crm.models import Permission, PrintTemplateVersion
from crm.web.access import actor, may, one_or_404, requires
from crm.web.forms import sent_version
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/prints/<int:id>/versions")
@requires(Permission.PRINTS_VIEW)
def versions(id: int) -> Any:
    template, printed = template_or_404(id)
    texts = list(db.session.scalars(versions_of(template)))
    return page("prints/versions.html", record=template, printed=printed, versions=texts)


@blueprint.get("/prints/<int:id>/versions/<int:version>")
@requires(Permission.PRINTS_VIEW)
def version(id: int, version: int) -> Any:
    template, printed = template_or_404(id)
    text = _version_or_404(id, version)
    may_save = may(Permission.PRINTS_SAVE)
    return page("prints/version.html", record=template, printed=printed, text=text, may_save=may_save)


@blueprint.post("/prints/<int:id>/versions/<int:version>")
@requires(Permission.PRINTS_SAVE)
def bring_version_back(id: int, version: int) -> Any:
    template, _printed = template_or_404(id)
    restore_version(db.session(), template, _version_or_404(id, version), actor(), _opened())
    flash(_("The older version has been restored."), "done")
    return go(url_for("prints.edit", id=id))


@blueprint.get("/prints/<int:id>/restore")
@requires(Permission.PRINTS_SAVE)
def ask_restore(id: int) -> Any:
    template, printed = template_or_404(id)
    return page("prints/restore.html", record=template, printed=printed)


@blueprint.post("/prints/<int:id>/restore")
@requires(Permission.PRINTS_SAVE)
def restore(id: int) -> Any:
    template, _printed = template_or_404(id)
    restore_built_in(db.session(), template, actor(), _opened())
    flash(_("The default text of the template has been restored."), "done")
    return go(url_for("prints.edit", id=id))


@blueprint.get("/prints/<int:id>/delete")
@requires(Permission.PRINTS_SAVE)
def ask_delete(id: int) -> Any:
    template, printed = template_or_404(id)
    return page("prints/delete.html", record=template, printed=printed, back=list_url(printed))


@blueprint.post("/prints/<int:id>/delete")
@requires(Permission.PRINTS_SAVE)
def delete(id: int) -> Any:
    template, printed = template_or_404(id)
    delete_template(db.session(), template, actor())
    flash(_("%(what)s has been deleted.", what=template.name), "done")
    return go(list_url(printed))


def _opened() -> int:
    """The version of the template that the person had before them."""
    return sent_version(request.form.get("version", ""))


def _version_or_404(template_id: int, version_id: int) -> PrintTemplateVersion:
    own_versions = select(PrintTemplateVersion).where(PrintTemplateVersion.template_id == template_id)
    own_version: PrintTemplateVersion = one_or_404(own_versions.where(PrintTemplateVersion.id == version_id))
    return own_version
