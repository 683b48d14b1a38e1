"""Every message is translated into both Chinese languages, none is left over, and the compiled files are current."""

import io
import re
import runpy
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo

from crm.i18n import NOUNS

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "messages.py"))
LANGUAGES = TOOL["LANGUAGES"]
COUNTS = "count|rows|days|minutes|forms|tasks|entries|files|cells|columns|longest|places|targets|imported|recycled"
COUNTED = re.compile(rf"%\((?:{COUNTS})\)s (?:[a-z]+ )??([a-z]+s|people)\b(?! of your)")
NO_NOUNS = {"is", "was", "has", "sales"}


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    return TOOL["collected"]()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_or_unused(language: str, wanted: set[str]) -> None:
    known = TOOL["texts"](language)
    assert sorted(m for m in wanted if not known.get(m)) == []
    assert sorted(set(known) - wanted) == []


def test_whatever_our_sentences_count_is_known(wanted: set[str]) -> None:
    """It agrees with the number in it: "1 record", "2 records" (crm/i18n.py)."""
    counted = {noun for message in wanted for noun in COUNTED.findall(message)} - NO_NOUNS
    assert len(counted) > 15
    assert counted - NOUNS == set()


def test_messages_within_f_strings_are_found(wanted: set[str]) -> None:
    assert TOOL["messages_of"]("""told = f"{advice} {_('Error number:')} {number}" """) == {"Error number:"}
    assert "this one was changed alone" in wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_translations_have_the_same_places_for_values(language: str) -> None:
    wrong = [
        message
        for message, text in TOOL["texts"](language).items()
        if sorted(re.findall(r"%\(\w+\)s", message)) != sorted(re.findall(r"%\(\w+\)s", text))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_current(language: str) -> None:
    out = io.BytesIO()
    write_mo(out, TOOL["read"](language))
    compiled = (TOOL["FOLDER"] / language / "LC_MESSAGES" / "messages.mo").read_bytes()
    made, kept = ({m.id: m.string for m in read_mo(io.BytesIO(data)) if m.id} for data in (out.getvalue(), compiled))
    assert made == kept
