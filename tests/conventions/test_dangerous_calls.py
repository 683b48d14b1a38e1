"""The program runs no text as a program, builds no command lines, and signs with no broken hash."""

import ast
import functools
import re
from pathlib import Path

import pytest

from .places import CRM, ROOT, STATIC

SOURCES = sorted(CRM.rglob("*.py"))
NEVER = {"eval", "exec", "compile", "os.system", "os.popen", "os.execv", "subprocess.getoutput", "yaml.load"}
BROKEN = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}
OWN_PICKLES = {"charts/in_subprocess.py", "spreadsheets/in_subprocess.py", "spreadsheets/packed_rows.py"}
"""Between this program and the processes that it began."""
SQL_OF_NAMES = {
    "jobs/carried_over.py",
    "domain/platform/custom_fields.py",
    "domain/platform/log_seals.py",
    "entities/search_index.py",
    "models/custom_values.py",
}
"""Statements with the names of tables, indexes, logs and keys of custom fields in them, all made by the program."""
MARKED_SAFE = {
    "workbench/_shell.html",
    "workbench/bodies.html",
    "workbench/panel.html",
    "ui/table.html",
    "layout/bulk.html",
}
"""Templates that take the page of another template as it is."""
JS = sorted(
    [*(STATIC / "js" / "app").glob("*.js"), *(STATIC / "js" / "documents").glob("*.js"), STATIC / "js" / "boot.js"]
)
TEXT_AS_PROGRAM = re.compile(
    r"\beval\s*\(|new\s+Function\b|\bset(?:Timeout|Interval)\s*\(\s*['\"]|insertAdjacentHTML|\.outerHTML\s*=[^=]"
    r"|\.innerHTML\s*\+?=\s*(?!'')[^=\s]"
)
SERVERS_OWN = "bell().outerHTML = news.bell;"
CONNECTIONS = re.compile(r"\bWebSocket\b|\bEventSource\b|\bpostMessage\b|RTCPeerConnection|document\.domain")


@functools.cache
def nodes(source: Path) -> tuple[list[tuple[str, ast.Call]], list[ast.Import | ast.ImportFrom]]:
    """The calls of a file with their names, and its imports."""
    tree = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    called = [(ast.unparse(node.func), node) for node in tree if isinstance(node, ast.Call)]
    return called, [node for node in tree if isinstance(node, ast.Import | ast.ImportFrom)]


def calls(source: Path) -> list[tuple[str, ast.Call]]:
    return nodes(source)[0]


def place(source: Path) -> str:
    return source.relative_to(CRM).as_posix()


def test_no_text_is_run_and_no_shell_begun() -> None:
    """Other programs are begun with a list of arguments, so that none of them can be read as two."""
    found = [(place(source), name) for source in SOURCES for name, _call in calls(source) if name in NEVER]
    shells = [
        (place(source), call.lineno)
        for source in SOURCES
        for name, call in calls(source)
        if name.startswith("subprocess.") and any(each.arg == "shell" for each in call.keywords)
    ]
    lists = [
        (place(source), call.lineno)
        for source in SOURCES
        for name, call in calls(source)
        if name in {"subprocess.run", "subprocess.Popen"} and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert (found, shells, lists) == ([], [], [])


def test_only_what_the_program_wrote_itself_is_unpickled() -> None:
    reading = {"pickle.loads", "pickle.load", "pickle.Unpickler", "marshal.loads", "shelve.open"}
    found = {place(source) for source in SOURCES for name, _call in calls(source) if name in reading}
    assert found <= OWN_PICKLES


def test_no_statement_is_put_together_from_texts() -> None:
    """`text(f"…")` stands only where the names come from the program; values are always parameters."""
    found = {
        place(source)
        for source in SOURCES
        for name, call in calls(source)
        if name in {"text", "sqlalchemy.text", "literal_column"} and call.args
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    }
    assert found <= SQL_OF_NAMES


def test_no_broken_hash_and_no_guessable_random_number() -> None:
    """Secrets come from `secrets`; the demonstration firm alone is made up by a random series that can be repeated."""
    hashes = [(place(source), name) for source in SOURCES for name, _call in calls(source) if name in BROKEN]
    series = {
        place(source)
        for source in SOURCES
        for node in nodes(source)[1]
        if "random" in {getattr(node, "module", ""), *(alias.name for alias in node.names)}
    }
    assert hashes == []
    assert all(name.startswith("domain/demo/") for name in series), series


def test_no_cipher_without_its_seal() -> None:
    """Only whole recipes: AES-GCM, and Fernet (AES-CBC sealed by HMAC-SHA-256); no modes and paddings of one's own."""
    used = {
        alias.name
        for source in SOURCES
        for node in nodes(source)[1]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cryptography.")
        for alias in node.names
    }
    assert used == {"AESGCM", "Fernet", "HKDF", "InvalidTag", "InvalidToken", "SHA256", "Scrypt"}


def test_templates_escape_what_they_are_given() -> None:
    templates = CRM / "templates"
    texts = {
        each.relative_to(templates).as_posix(): each.read_text(encoding="utf-8") for each in templates.rglob("*.html")
    }
    assert {name for name, text in texts.items() if re.search(r"\|\s*safe\b", text)} <= MARKED_SAFE
    assert [name for name, text in texts.items() if re.search(r"autoescape\s+false", text)] == []


@pytest.mark.parametrize("script", JS, ids=lambda path: path.name)
def test_scripts_write_texts_as_texts(script: Path) -> None:
    """What comes from people is put into a page by the server, which escapes it, or as text; a script runs no text."""
    source = script.read_text(encoding="utf-8")
    assert TEXT_AS_PROGRAM.findall(source.replace(SERVERS_OWN, "")) == []
    assert CONNECTIONS.findall(source) == []


def test_the_one_piece_of_a_page_that_a_script_puts_in_place_is_the_servers() -> None:
    """The bell comes rendered by its template, which escapes; all else goes through htmx."""
    assert SERVERS_OWN in (STATIC / "js" / "app" / "17-bell.js").read_text(encoding="utf-8")


def test_the_gate_finds_what_it_looks_for() -> None:
    for wrong in ("eval (x)", "new Function('x')", "setTimeout('go()', 1)", "a.innerHTML = b;", "a.innerHTML += '<b>'"):
        assert TEXT_AS_PROGRAM.search(wrong), wrong
    assert not TEXT_AS_PROGRAM.search("a.innerHTML = '';") and not TEXT_AS_PROGRAM.search("if (a.innerHTML === b)")


def test_every_component_is_fixed_by_its_content() -> None:
    """What is installed is what was tried: each line of a lock names a version and its hashes."""
    for name in ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"^([a-z0-9][\w.\[\]-]*)(==)?", text, re.MULTILINE)
        assert named and all(fixed for _name, fixed in named), name
        assert text.count("--hash=sha256:") >= len(named)
