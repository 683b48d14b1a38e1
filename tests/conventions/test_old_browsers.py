"""Pages work in IE 11, with plain forms and links, and under a policy that blocks everything inline."""

import re
import subprocess
from pathlib import Path

import pytest

from .places import CRM, ROOT, STATIC, node_tool

GATE = ROOT / "tests" / "gates" / "iegate.js"
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
CONTROL = "<(?:button|input|select|textarea|fieldset)"
RULES = {
    r"<(?:dialog|template|slot|picture)\b": "IE 11 does not know this element",
    rf"{CONTROL}\b[^>]*\sform\s*=": "IE 11 ignores form=",
    r"<(?:table|tbody|tr)\b[^>]*>\s*<form\b": "a form between rows is moved away by the browser",
    r"<[a-z][^>]*\sstyle\s*=|<style\b": "the content security policy blocks inline styles",
    r"<[a-z][^>]*\son[a-z]+\s*=|javascript:": "the content security policy blocks inline handlers",
    r"<script\b(?![^>]*\ssrc\s*=)": "the content security policy blocks inline scripts",
    r"<script\b[^>]*type\s*=\s*.module": "IE 11 knows no modules",
    r"\shx-on|hx-(?:vals|headers|vars)\s*=\s*.js:": "needs eval, which the policy forbids",
    r"hx-trigger\s*=\s*(?:'[^']*[\[]|\"[^\"]*[\[])": "a filter of a trigger needs eval",
    r"hx-trigger\s*=\s*.[^>]*\bintersect\b": "intersect throws in IE 11",
    r"\shx-(?:put|patch|delete)\s*=": "plain forms know only get and post",
    r"<a\b[^>]*\shx-post\s*=": "does nothing without scripts: a form with a button",
    r"<tr\b[^>]*\shx-swap-oob": "rows out of band fail everywhere: refresh the table",
}


def test_own_scripts_and_styles_use_nothing_that_ie11_lacks() -> None:
    command = [*node_tool(GATE, "acorn"), str(STATIC / "js"), str(STATIC / "css")]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "text", "finding"),
    [
        ("a.js", "fetch('/');", "a.js:1: global fetch"),
        ("a.js", "\nlist.includes(1);", "a.js:2: .includes"),
        ("a.js", "var f = () => 1;", "a.js:1: Unexpected token"),
        ("boot.js", "var o = {get x() { return 1; }};", "boot.js:1: Unexpected token"),
        ("a.css", "p { margin: 0;\n gap: 4px }", "a.css:2: gap:4px"),
        ("a.css", "p:is(.a) { margin: 0 }", "a.css:1: p:is(.a)"),
    ],
)
def test_gate_finds_what_ie11_lacks(tmp_path: Path, name: str, text: str, finding: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = subprocess.run([*node_tool(GATE, "acorn"), name], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1
    assert finding in result.stdout


def markup_findings(text: str) -> list[tuple[int, str]]:
    """Line and reason, in the markup of a template; a comment `ie-ok` silences its line."""
    markup = JINJA.sub(lambda block: re.sub(r"[^\n]", " ", block.group(0)), text)
    lines = text.splitlines()
    found = [
        (markup.count("\n", 0, hit.start()) + 1, reason)
        for pattern, reason in RULES.items()
        for hit in re.finditer(pattern, markup)
    ]
    return [(line, reason) for line, reason in found if "ie-ok" not in lines[line - 1]]


def test_templates_hold_nothing_that_only_some_browsers_understand() -> None:
    templates = sorted((CRM / "templates").rglob("*.html"))
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {reason}"
        for path in templates
        for line, reason in markup_findings(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_markup_rules_see_through_template_tags() -> None:
    text = "<p>\n<button {% if a > b %}disabled{% endif %}\n form='x'>\n<a href='/' hx-post='/'>"
    assert [line for line, _ in markup_findings(text)] == [2, 4]
