"""One package a feature; each gives `blueprint`. The order is the order of the menu."""

from importlib import import_module
from types import ModuleType

from flask import Flask

from crm.entities.registry import entities
from crm.web.entity_pages import blueprint_of
from crm.web.entity_pages.listing import table_of
from crm.web.table import listed

FEATURES = (
    "auth workbench office schedule customers pool contacts records opportunities plan targets target_setting"
    " categories products reference_search global_search notices public_search numbering"
    " tasks jobs bulletins approvals approval_rules orders receipts receivables quotes lines"
    " attachments policy dictionaries custom_fields bin merging backups settings organisation roles grants"
    " lists imports prints reports logs changes provinces cities system_status help"
).split()


def load_features() -> list[ModuleType]:
    """Import every feature, so that all it declares is known: lists, panels, long work. No app is needed for it.

    Who reads lists in a process that serves no pages calls this first (`LISTINGS` is then whole).
    """
    features = [import_module(f"crm.blueprints.{feature}") for feature in FEATURES]
    for kind in entities():
        if kind.key not in FEATURES:
            listed(table_of(kind))
    return features


def register_blueprints(app: Flask) -> None:
    """The features, then the kinds of record that have no pages of their own.

    A feature whose addresses follow from the kinds of record makes its blueprint now, when all are declared.
    """
    for module in load_features():
        made_now = getattr(module, "make_blueprint", None)
        app.register_blueprint(made_now() if made_now is not None else module.blueprint)
    for kind in entities():
        if kind.key not in app.blueprints:
            app.register_blueprint(blueprint_of(kind))
    import_module("crm.blueprints.prints.sheets").add_addresses(app)
