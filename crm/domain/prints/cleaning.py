"""The HTML allowed on a sheet: tags, attributes, styles and classes; no programs, no addresses (A-13)."""

import re
from functools import cache

import nh3

TAGS = frozenset(
    "b big blockquote br caption center col colgroup dd div dl dt em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre s"
    " small span strong sub sup table tbody td tfoot th thead tr u ul".split()
)
CLASSES = (
    "letterhead logo firm firm-facts title state facts label lines totals sum words note signatures place num right"
    " center small plain keep new-page".split()
)
"""Of static/css/print.css; told in the editor."""
STYLES = frozenset(
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse"
    " border-color border-left border-left-color border-left-style border-left-width border-right border-right-color"
    " border-right-style border-right-width border-spacing border-style border-top border-top-color border-top-style"
    " border-top-width border-width clear color display float font font-family font-size font-style font-weight height"
    " letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-height"
    " max-width min-height min-width padding padding-bottom padding-left padding-right padding-top page-break-after"
    " page-break-before page-break-inside table-layout text-align text-decoration text-indent vertical-align"
    " white-space width".split()
)
"""None of them can fetch anything or lay one thing over another."""
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "title", "lang", "dir", "align"},
    "table": {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
    "tr": {"bgcolor", "valign"},
    "td": {"colspan", "rowspan", "width", "height", "valign", "nowrap", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "height", "valign", "nowrap", "bgcolor", "scope"},
    "col": {"span", "width"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "font": {"color", "size", "face"},
    "hr": {"width", "size"},
}
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")


def clean(html: str) -> str:
    """The sheet with only what is allowed; the rest is left out, with all that programs hold."""
    return _cleaner().clean(html)


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags={"script", "style", "title", "textarea", "noscript", "iframe", "template", "svg", "math"},
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"data"},
        allowed_classes={tag: set(CLASSES) for tag in TAGS},
        filter_style_properties=set(STYLES),
        link_rel=None,
    )


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """A picture stands in the template itself: a sheet fetches nothing from anywhere."""
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    return value


_WRITTEN = re.compile(r"<\s*([a-zA-Z][\w-]*)|\s(on[a-z]+)\s*=", re.ASCII)
FRAME = frozenset({"html", "head", "body", "meta", "link"})


def left_out(body: str) -> list[str]:
    """Which tags and handlers of a template will not be printed, each once, for telling its author."""
    names: dict[str, None] = {}
    for tag, handler in _WRITTEN.findall(body):
        if handler:
            names[f"{handler.lower()}="] = None
        elif tag.lower() not in TAGS:
            names[f"<{tag.lower()}>"] = None
    return list(names)[:8]
