"""A file of macros is made once for everybody: nothing of one reader's language or page may stay in it."""

import re
from pathlib import Path

from jinja2 import Environment, nodes

from .places import CRM

TEMPLATES = CRM / "templates"
IMPORTED = re.compile(r'\{%-? *(?:import|from) +"([^"]+)"')


def kept_words(template: Path) -> list[str]:
    """What is translated outside of the macros of a file that is imported."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(template.read_text(encoding="utf-8"))
    outside = [node for node in tree.body if not isinstance(node, nodes.Macro)]
    calls = [call for node in outside for call in node.find_all(nodes.Call)]
    return [
        f"{template.relative_to(CRM)}:{call.lineno}"
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "_"
    ]


def test_no_file_of_macros_keeps_the_words_of_its_first_reader() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    imported = {name for text in texts for name in IMPORTED.findall(text)}
    assert "ui/form.html" in imported
    assert [found for name in sorted(imported) for found in kept_words(TEMPLATES / name)] == []
