"""What is kept in memory is bounded, in bytes or in entries, whatever people send."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import crm
from crm.domain.prints.rendering import parse_template
from crm.models import table_versions
from crm.models.bounded_cache import LRUCache, bounded_lru_cache, clear_all_caches, cleared_with_all, size_of

MEGABYTE = 1024 * 1024
ARGUMENTS = {
    "i18n.py:_translations": "the three languages",
    "entities/references.py:references_to": "tables",
    "charts/canvas.py:font": "one configured file",
    "charts/canvas.py:_characters": "one configured file",
    "web/forms.py:form_class": "declared fields",
    "web/static_files.py:_hash": "files of the program",
    "web/back_links.py:_carries": "declared addresses",
    "web/back_links.py:_first_part": "declared addresses",
    "entities/bulk_writes.py:_defaults": "models",
    "entities/logged.py:logged_keys": "models",
    "entities/search_index.py:search_table": "models",
    "entities/undo.py:model_of": "models",
    "entities/search_index.py:_counting": "sets of kinds of record",
    "web/global_search.py:_source_of_kind": "kinds of record",
    "web/entity_pages/listing.py:table_of": "kinds of record",
    "web/entity_pages/listing.py:table_of_customer": "kinds of record",
    "domain/imports/kinds.py:_declared": "kinds of record",
    "domain/demo/words.py:read": "files of the program",
}

DECLARATIONS = {
    "domain/organisation/belongings.py:_declared",
    "domain/platform/recycle_bin.py:_asking",
    "domain/platform/recycle_bin.py:_settling",
    "blueprints/imports/shared.py:_addresses",
    "domain/platform/merging.py:_settling",
    "domain/platform/merging.py:_settling_back",
    "domain/prints/document_values.py:_readers",
    "entities/entity.py:_field_sets",
    "entities/logged.py:_declared",
    "entities/policy.py:_actions",
    "entities/policy.py:_guards",
    "entities/registry.py:_by_model",
    "entities/registry.py:_entities",
    "jobs/long_tasks.py:WORKS",
    "models/bounded_cache.py:_clearings",
    "models/permissions.py:_declared",
    "web/global_search.py:_VIEWS",
    "web/long_work.py:_looks",
    "web/panels.py:_makers",
    "web/panels.py:_panels",
    "web/references.py:_VIEWS",
}
"""What modules declare when they are loaded, and nobody sends."""
CONTAINERS = {
    "domain/accounts/captcha_media.py:_noise": "one background of sound, of no database",
    "domain/accounts/sign_in.py:_ended_unsaved": "the last thousand sessions that ended on a full disk",
    "models/table_versions.py:_versions": "a number for each table, which only rises",
}
"""What grows while the program runs and is not cleared with the caches, and why."""
MAKES = {"dict", "list", "set", "OrderedDict", "defaultdict", "WeakKeyDictionary", "Counter", "deque"}
CHANGES = {"append", "add", "update", "setdefault", "pop", "popitem", "extend", "insert", "discard"}


class TestLRUCache:
    def test_it_never_holds_more_bytes_than_said(self) -> None:
        kept = LRUCache(MEGABYTE)
        for number in range(100):
            kept.put(number, "x" * 100_000)
            assert kept.bytes <= MEGABYTE
        assert 5 <= len(kept) <= 10
        assert kept.get(99) == "x" * 100_000 and kept.get(0) is None

    def test_the_one_asked_for_longest_ago_goes_first(self) -> None:
        kept = LRUCache(MEGABYTE, max_entries=2)
        kept.put("a", 1)
        kept.put("b", 2)
        assert kept.get("a") == 1
        kept.put("c", 3)
        assert [kept.get(key) for key in "abc"] == [1, None, 3]

    def test_a_key_counts_too_and_what_is_too_heavy_is_not_kept(self) -> None:
        kept = LRUCache(MEGABYTE)
        kept.put("k" * 2 * MEGABYTE, 1)
        kept.put("v", ["v" * 1000] * 2000)
        assert (len(kept), kept.bytes) == (0, 0)

    def test_putting_again_and_clearing_leave_no_bytes_behind(self) -> None:
        kept = LRUCache(MEGABYTE)
        for size in (100, 1000, 10):
            kept.put("a", "x" * size)
        assert kept.bytes == size_of("a") + size_of("x" * 10)
        kept.clear()
        assert kept.bytes == 0

    def test_what_is_empty_is_kept_as_well(self) -> None:
        made: list[str] = []

        @bounded_lru_cache(MEGABYTE)
        def make(text: str) -> None:
            made.append(text)

        for text in ("a", "a", "b"):
            make(text)
        assert made == ["a", "b"]


@pytest.mark.parametrize("piece", ["<b>{{a}}</b>", "{{#a}}x{{/a}}", "<p>hello</p>", "{{a}}"])
def test_previews_of_long_templates_do_not_fill_the_memory(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = parse_template.cache  # type: ignore[attr-defined]
    assert kept.max_bytes == 32 * MEGABYTE
    kept.clear()
    monkeypatch.setattr(kept, "max_bytes", 2 * MEGABYTE)
    body = piece * (30_000 // len(piece))
    for number in range(8):
        parse_template(f"{body}{number}", frozenset("a"), frozenset())
        assert kept.bytes <= 2 * MEGABYTE
    assert kept.bytes > 0 and (len(kept) < 8 or kept.bytes >= 8 * len(body))
    kept.clear()


def test_searches_for_long_texts_do_not_fill_the_memory() -> None:
    table_versions.clear_cache()
    for number in range(300):
        table_versions.get_or_compute(("hits", f"{number}" + "x" * 200_000), (), lambda: 1)
    assert table_versions._cache.bytes <= table_versions.MAX_BYTES
    table_versions.clear_cache()


def test_all_caches_are_cleared_at_once() -> None:
    """Another database in the place of this one: nothing that was kept of the first is told of the second."""
    kept, other = LRUCache(MEGABYTE), {"a": 1}
    kept.put("a", 1)
    cleared_with_all(other.clear)
    table_versions.get_or_compute("a", (), lambda: 1)
    clear_all_caches()
    assert (kept.get("a"), other, table_versions.get_or_compute("a", (), lambda: 2)) == (None, {}, 2)
    clear_all_caches()


def growing(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """(name, whether it is cleared with all) of the containers of a module that its functions change."""
    containers, cleared = set(), set()
    for node in tree.body:
        value = getattr(node, "value", None)
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        if isinstance(target, ast.Name) and (isinstance(value, ast.Dict | ast.List | ast.Set) or called in MAKES):
            containers.add(target.id)
        if called == "cleared_with_all":
            cleared.add(ast.unparse(value.args[0]).removesuffix(".clear"))  # type: ignore[union-attr]
    changed = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)):
        for node in ast.walk(function):
            if (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)) or (
                isinstance(node, ast.Attribute) and node.attr in CHANGES
            ):
                changed.add(ast.unparse(node.value))
    yield from ((name, name in cleared) for name in sorted(containers & changed))


def test_what_a_module_holds_is_declared_or_cleared_with_all_caches() -> None:
    found = read()[0]
    unknown = {where for where, cleared in found.items() if not cleared} - DECLARATIONS - set(CONTAINERS)
    assert unknown == set(), "an LRUCache of crm/models/bounded_cache.py, or bound it and say `cleared_with_all`"
    assert DECLARATIONS | set(CONTAINERS) <= set(found), "no longer there"


def caches(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, how it is bounded) of every function whose answers are kept."""
    for node in ast.walk(tree):
        for mark in getattr(node, "decorator_list", ()):
            words = ast.unparse(mark)
            if words in ("cache", "functools.cache", "lru_cache") or words.startswith("lru_cache("):
                takes = bool(node.args.args or node.args.vararg)  # type: ignore[attr-defined]
                yield node.name, words if words != "cache" else "cache" if takes else "once"  # type: ignore[attr-defined]


def by_hand(tree: ast.Module) -> bool:
    """Whether something is kept without a decorator."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Call)
        and isinstance(node.func.func, ast.Name)
        and node.func.func.id in ("cache", "lru_cache")
        for node in ast.walk(tree)
    )


@cache
def read() -> tuple[dict[str, bool], dict[str, str], set[str]]:
    """The whole program, once: containers that grow, caches, and files that make one by hand."""
    containers, kept, hands = {}, {}, set()
    root = Path(crm.__file__).parent
    for file in sorted(root.rglob("*.py")):
        tree, where = ast.parse(file.read_text("utf-8")), file.relative_to(root).as_posix()
        containers.update({f"{where}:{name}": cleared for name, cleared in growing(tree)})
        kept.update({f"{where}:{name}": how for name, how in caches(tree)})
        if by_hand(tree):
            hands.add(where)
    return containers, kept, hands


def test_every_cache_is_bounded_or_takes_only_what_the_program_holds() -> None:
    unbounded = {where for where, how in read()[1].items() if how == "cache" or "None" in how}
    assert unbounded <= set(ARGUMENTS), "say why it cannot grow, or bound it (crm/models/bounded_cache.py)"
    assert read()[2] == set(), "caches are decorators here, so that this test finds them"
