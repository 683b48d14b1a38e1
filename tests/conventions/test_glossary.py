"""The old names of the glossary's table are gone, from the code, the pages and what is written about them."""

import re
import tokenize

from .places import CRM, ROOT, tracked_files

GLOSSARY = ROOT / "docs" / "glossary.md"
WRITTEN = {".md", ".html", ".txt", ".po"}


def renamed() -> dict[str, str]:
    """Old name → new name."""
    table = GLOSSARY.read_text(encoding="utf-8").partition("## Renamed")[2]
    return dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", table, re.MULTILINE))


def test_the_table_is_read() -> None:
    assert len(renamed()) > 100


def test_the_terms_are_names_of_the_code() -> None:
    terms = re.findall(r"^\| [^|`]+ \| `(\w+)` \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    code = (path for path in tracked_files() if path.is_relative_to(CRM) and path.suffix == ".py")
    names = {name for path in code for name in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert len(terms) >= 100
    assert [term for term in terms if term not in names] == []


def test_no_old_name_in_the_code() -> None:
    old = renamed()
    word = re.compile(rf"\b(?:{'|'.join(old)})\b")
    found = []
    for path in tracked_files():
        # Read as Python, which takes long, only where it stands as a word at all: it may be in a text or a comment.
        if path.suffix == ".py" and word.search(path.read_text(encoding="utf-8")):
            with tokenize.open(path) as file:
                tokens = list(tokenize.generate_tokens(file.readline))
            found += [
                f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string} is now {old[token.string]}"
                for token in tokens
                if token.type == tokenize.NAME and token.string in old
            ]
    assert found == []


def test_no_old_name_in_what_is_written() -> None:
    """Names with a mark of their own (`_`, a capital inside) are looked for everywhere, others only as code."""
    old = renamed()
    marked = "|".join(name for name in old if "_" in name or re.search(r"\w[A-Z]", name))
    pattern = re.compile(rf"`({'|'.join(old)})`|(?<![\w.:/\"-])({marked})(?![\w\"-])")
    found = []
    for path in tracked_files():
        if path.suffix in WRITTEN and path not in (GLOSSARY, ROOT / "CHANGELOG.md"):
            text = path.read_text(encoding="utf-8")
            found += [f"{path.relative_to(ROOT)}: {hit.group(0)}" for hit in pattern.finditer(text)]
    assert found == []
