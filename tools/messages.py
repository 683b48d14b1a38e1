"""Collects the messages of the code and the templates into the two catalogues, and compiles them.

python tools/messages.py            update the .po files and compile them
python tools/messages.py --check    say what is missing or unused, change nothing
"""

import ast
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "crm" / "translations"
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
LANGUAGES = ("zh_Hant", "zh_Hans")
METHODS = [("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "lazy_gettext": None}


def collected() -> set[str]:
    """Every message id that code or templates speak."""
    found = extract_from_dir(ROOT / "crm", METHODS, OPTIONS, KEYWORDS)
    of_templates = {message for _, _, message, _, _ in found if isinstance(message, str) and message}
    return of_templates.union(*(messages_of(file.read_text(encoding="utf-8")) for file in (ROOT / "crm").rglob("*.py")))


def messages_of(source: str) -> set[str]:
    """The ids in a module's calls, also those within f-strings, which Babel sees as one piece and misses."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and call.args[0].value
    }


def read(language: str) -> Catalog:
    file = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return Catalog(language, charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, language)


def texts(language: str) -> dict[str, str]:
    return {m.id: m.string for m in read(language) if isinstance(m.id, str) and m.id}


def write(language: str, words: dict[str, str]) -> None:
    """A catalogue sorted by message id, without places and times, so that changes read well."""
    catalog = Catalog(language, charset="utf-8", header_comment=f"# Shuke CRM, {language}", fuzzy=False)
    catalog.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Language", language)]
    for message in sorted(words):
        catalog.add(message, words[message])
    folder = FOLDER / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "messages.po").open("wb") as out:
        write_po(out, catalog, width=120, omit_header=True, sort_output=True)
    head = (
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: %s\\n"\n\n' % language.encode()
    )
    body = (folder / "messages.po").read_bytes()
    (folder / "messages.po").write_bytes(head + body)
    compiled = read(language)
    compiled.creation_date = compiled.revision_date = UNDATED  # the same texts are the same file, whenever it is made
    with (folder / "messages.mo").open("wb") as out:
        write_mo(out, compiled)


def main() -> int:
    wanted = collected()
    checking = "--check" in sys.argv
    problems = 0
    for language in LANGUAGES:
        known = texts(language)
        missing = sorted(m for m in wanted if not known.get(m))
        unused = sorted(set(known) - wanted)
        for kind, messages in (("missing", missing), ("unused", unused)):
            for message in messages:
                print(f"{language} {kind}: {message}")
        problems += len(missing) + len(unused)
        if not checking:
            write(language, {m: known.get(m, "") for m in wanted})
    return 1 if problems and checking else 0


if __name__ == "__main__":
    sys.exit(main())
