"""The files of scripts that browsers get are made of the sources beside them."""

import gzip

import pytest

from crm.web.bundle import BUNDLES, STATIC, bundle


@pytest.mark.parametrize("name", BUNDLES)
def test_the_bundle_is_up_to_date(name: str) -> None:
    """If not: `python -m crm.web.bundle`."""
    assert (STATIC / f"{name}.js").read_text(encoding="utf-8") == bundle(name)


def test_the_scripts_stay_light() -> None:
    """Scripts and styles count in what a first visit may weigh."""
    assert len(gzip.compress(bundle("app").encode())) <= 14_500
    assert len(gzip.compress(bundle("documents").encode())) <= 5_000
    assert len(gzip.compress((STATIC.parent / "css" / "app.css").read_bytes())) <= 9_000
