"""A kind of record has each of its functions once, whoever declared it."""

from copy import copy

import pytest

from crm.entities import registry
from crm.models import permissions
from crm.models.permissions import Function, functions


def test_a_function_that_the_menu_names_already_is_not_declared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = copy(registry.entities()[0])
    kind.imported = True
    import_function = Function(f"import_{kind.key}", kind.plural, "imports", ("view", "save"))
    for module, name in ((registry, "_entities"), (registry, "_by_model"), (permissions, "_declared")):
        monkeypatch.setattr(module, name, dict(getattr(module, name)))
    registry.withdraw(kind)
    others = [function for function in permissions._FUNCTIONS if function.key != import_function.key]
    monkeypatch.setattr(permissions, "_FUNCTIONS", (*others, import_function))
    registry.register(kind)
    keys = [function.key for function in functions()]
    assert keys.count(import_function.key) == keys.count(kind.key) == 1
