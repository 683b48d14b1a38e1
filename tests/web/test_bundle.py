"""The one file of scripts that browsers get is made of the sources beside it."""

import gzip

from crm.web.bundle import STATIC, bundle


def test_the_bundle_is_up_to_date() -> None:
    """If not: `python -m crm.web.bundle`."""
    assert (STATIC / "app.js").read_text(encoding="utf-8") == bundle()


def test_the_scripts_stay_light() -> None:
    """Scripts and styles count in what a first visit may weigh."""
    assert len(gzip.compress(bundle().encode())) <= 12_000
    assert len(gzip.compress((STATIC.parent / "css" / "app.css").read_bytes())) <= 9_000
