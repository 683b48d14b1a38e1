"""A report as an email: figures in its text, the picture in it, the workbook with it (X-6)."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from crm.domain.platform.drawing import PictureMissing
from crm.domain.platform.readers import reader_for
from crm.domain.platform.settings import read_settings
from crm.domain.reports.pictures import chart_image, describe_chart
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.registry import REPORTS
from crm.domain.reports.sheet import Line, Sheet, sentence, sheet_of
from crm.domain.reports.workbook import write_report
from crm.entities.listing import Parameters
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import User, rights_of

MAX_LINES = 30
"""So many groups stand in the text; the workbook has all."""
UNCLEAR = N_("One of its conditions does not exist any more. Please open the report, correct it and keep it again.")
CELL = "padding:4px 10px;border-bottom:1px solid #d9dee3;text-align:{0}"


@dataclass(frozen=True)
class EmailContent:
    """What the email holds: plain text, the same as HTML with a place for the picture, picture and workbook."""

    text: str
    html: str = ""
    picture: bytes = b""
    workbook: bytes = b""
    file_name: str = ""


def email_content(session: Session, carried: dict[str, Any], user: User, language: str, now: datetime) -> EmailContent:
    """Drawn with the receiver's rights at this moment, in their language."""
    actor = Actor(rights_of(session, user), now, read_settings(session).zone)
    reader = reader_for(session, actor, language)
    report = REPORTS.get(carried["key"])
    if report is None or not actor.rights.may(report.view):
        return EmailContent(reader.say(N_("You no longer have permission to see this report.")))
    query = ReportQuery(report, reader, Parameters.of(carried["query"]))
    if query.problems:
        return EmailContent(reader.say(UNCLEAR))
    sheet = sheet_of(query)
    conditions = " · ".join(sentence(query))
    if sheet.empty:
        return EmailContent(f"{conditions}\n\n{reader.say(N_('Nothing was found for these conditions.'))}")
    drawn = chart_image(query, "")
    try:
        picture, missing = drawn.body, ""
    except PictureMissing as none:
        picture, missing = b"", reader.say(none.message)
    book = b""
    if actor.rights.may(report.export):
        out = io.BytesIO()
        write_report(out, query, "", now.astimezone(actor.zone))
        book = out.getvalue()
    more_text = ""
    if len(sheet.lines) > MAX_LINES:
        more_text = reader.say(N_("and %(count)s more")) % {"count": len(sheet.lines) - MAX_LINES}
    shown = (
        _note(missing)
        if missing
        else _image(describe_chart(query, sheet, drawn.drawing), drawn.size, drawn.drawing.note)
    )
    page = _page(sheet, conditions, more_text, shown)
    name = f"{carried['name']}-{now.astimezone(actor.zone):%Y%m%d}.xlsx"
    return EmailContent(_plain(sheet, conditions, more_text), page, picture, book, name)


def _plain(sheet: Sheet, conditions: str, more_text: str) -> str:
    def words(line: Line) -> str:
        figures = zip(sheet.headings[sheet.groups :], line.cells, strict=True)
        return f"{line.name}: {', '.join(f'{heading.label} {cell.text}' for heading, cell in figures)}"

    lines = [words(line) for line in sheet.lines[:MAX_LINES]]
    return "\n".join([conditions, "", *lines, *([more_text] if more_text else []), words(sheet.total)])


def _note(words: str) -> Markup:
    return Markup("<p>{0}</p>").format(words)


def _image(alt: str, size: tuple[int, int], note: str) -> Markup:
    image = Markup('<p><img src="cid:picture" alt="{0}" width="{1}" height="{2}"></p>').format(alt, *size)
    return image + (_note(note) if note else "")


def _page(sheet: Sheet, conditions: str, more_text: str, shown: Markup) -> str:
    def row(line: Line, tag: str = "td") -> Markup:
        names = (Markup('<{0} style="{1}">{2}</{0}>').format(tag, CELL.format("left"), name) for name in line.names)
        cells = (
            Markup('<{0} style="{1}">{2}</{0}>').format(tag, CELL.format("right"), cell.text) for cell in line.cells
        )
        return Markup("<tr>") + Markup("").join([*names, *cells]) + Markup("</tr>")

    heads = Markup("").join(
        Markup('<th style="{0}">{1}</th>').format(CELL.format("right" if h.numeric else "left"), h.label)
        for h in sheet.headings
    )
    rows = Markup("").join(row(line) for line in sheet.lines[:MAX_LINES])
    note = _note(more_text) if more_text else ""
    body = Markup(
        '<p style="color:#52606d">{0}</p>{1}'
        '<table style="border-collapse:collapse;font-size:14px"><thead><tr>{2}</tr></thead><tbody>{3}</tbody>'
        "<tfoot>{4}</tfoot></table>{5}"
    )
    return str(body.format(conditions, shown, heads, rows, row(sheet.total, "th"), note))
