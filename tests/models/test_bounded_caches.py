"""What is kept in memory is bounded, in bytes or in entries, whatever people send."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import crm
from crm.domain.prints.rendering import read_template
from crm.models import table_versions
from crm.models.bounded_cache import Kept, kept_within, weight_of

MEGABYTE = 1024 * 1024
ARGUMENTS = {
    "i18n.py:_translations": "the three languages",
    "charts/canvas.py:font": "one configured file",
    "charts/canvas.py:_characters": "one configured file",
    "web/forms.py:form_class": "declared fields",
    "web/static_files.py:_hash": "files of the program",
    "web/urls.py:url_maker": "declared addresses",
    "web/back_links.py:_carries": "declared addresses",
    "web/back_links.py:_first_part": "declared addresses",
    "entities/bulk_writes.py:_defaults": "models",
    "entities/logged.py:logged_keys": "models",
    "entities/search_index.py:search_table": "models",
    "web/entity_pages/listing.py:table_of": "kinds of record",
    "web/entity_pages/listing.py:table_of_customer": "kinds of record",
    "domain/imports/kinds.py:_declared": "kinds of record",
    "domain/demo/words.py:read": "files of the program",
}


class TestKept:
    def test_it_never_holds_more_bytes_than_said(self) -> None:
        kept = Kept(MEGABYTE)
        for number in range(100):
            kept.put(number, "x" * 100_000)
            assert kept.bytes <= MEGABYTE
        assert 5 <= len(kept) <= 10
        assert kept.get(99) == "x" * 100_000 and kept.get(0) is None

    def test_the_one_asked_for_longest_ago_goes_first(self) -> None:
        kept = Kept(MEGABYTE, most=2)
        kept.put("a", 1)
        kept.put("b", 2)
        assert kept.get("a") == 1
        kept.put("c", 3)
        assert [kept.get(key) for key in "abc"] == [1, None, 3]

    def test_a_key_counts_too_and_what_is_too_heavy_is_not_kept(self) -> None:
        kept = Kept(MEGABYTE)
        kept.put("k" * 2 * MEGABYTE, 1)
        kept.put("v", ["v" * 1000] * 2000)
        assert (len(kept), kept.bytes) == (0, 0)

    def test_putting_again_and_clearing_leave_no_bytes_behind(self) -> None:
        kept = Kept(MEGABYTE)
        for size in (100, 1000, 10):
            kept.put("a", "x" * size)
        assert kept.bytes == weight_of("a") + weight_of("x" * 10)
        kept.clear()
        assert kept.bytes == 0

    def test_what_is_empty_is_kept_as_well(self) -> None:
        made: list[str] = []

        @kept_within(MEGABYTE)
        def make(text: str) -> None:
            made.append(text)

        for text in ("a", "a", "b"):
            make(text)
        assert made == ["a", "b"]


@pytest.mark.parametrize("piece", ["<b>{{a}}</b>", "{{#a}}x{{/a}}", "<p>hello</p>", "{{a}}"])
def test_previews_of_long_templates_do_not_fill_the_memory(piece: str) -> None:
    body = piece * (60_000 // len(piece))
    for number in range(40):
        read_template(f"{body}{number}", frozenset("a"), frozenset())
    kept = read_template.kept  # type: ignore[attr-defined]
    assert 0 < kept.bytes <= kept.most_bytes == 32 * MEGABYTE
    kept.clear()


def test_searches_for_long_texts_do_not_fill_the_memory() -> None:
    table_versions.forget_all()
    for number in range(300):
        table_versions.keep(("hits", f"{number}" + "x" * 200_000), (), lambda: 1)
    assert table_versions._kept.bytes <= table_versions.MOST_BYTES
    table_versions.forget_all()


def caches() -> Iterator[tuple[str, str]]:
    """(where, how it is bounded) of every function whose answers are kept."""
    root = Path(crm.__file__).parent
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for mark in getattr(node, "decorator_list", ()):
                words = ast.unparse(mark)
                if words in ("cache", "functools.cache", "lru_cache") or words.startswith("lru_cache("):
                    takes = bool(node.args.args or node.args.vararg)  # type: ignore[attr-defined]
                    where = f"{file.relative_to(root).as_posix()}:{node.name}"  # type: ignore[attr-defined]
                    yield where, words if words != "cache" else "cache" if takes else "once"


def test_every_cache_is_bounded_or_takes_only_what_the_program_holds() -> None:
    unbounded = {where for where, how in caches() if how == "cache" or "None" in how}
    assert unbounded <= set(ARGUMENTS), "say why it cannot grow, or bound it (crm/models/bounded_cache.py)"
