"""Pictures of hard figures: long names, forty groups, one, none, less than nothing, a million-fold spread (X-5)."""

import io

import pytest
from PIL import Image

from crm.charts import Drawing, Series, areas
from crm.charts.canvas import MAIN, PALETTE, few_steps, readable
from crm.charts.chart_kinds import draw
from crm.charts.drawing import max_rows
from crm.charts.number_labels import short_number, truncate, truncate_apart, width_of

LONG = "中華民國全國商業總會附設職業訓練中心股份有限公司"


def bars(values: list[float], kind: str = "bar", **more: object) -> Drawing:
    labels = tuple(f"{LONG}{n}" for n in range(len(values)))
    return Drawing(kind, labels, (Series("銷售額", tuple(values)),), "zh_Hant", empty_text="沒有資料", **more)  # type: ignore[arg-type]


DRAWINGS = {
    "forty": bars([float(n * n) for n in range(40)]),
    "one": bars([5.0]),
    "none": bars([]),
    "zeros": bars([0.0, 0.0]),
    "negative": bars([-120_000.0, 5.0]),
    "spread": bars([9.9e11, 1e6, 1.0]),
    "pie": bars([float(n) for n in range(40)], "pie"),
    "pie of one": bars([3.0], "pie"),
    "negative pie": bars([-1.0, 3.0], "pie"),
    "line": bars([float(n % 7) for n in range(400)], "line"),
    "a point": bars([3.0], "line"),
    "matrix": bars([3.0, 0.0], "matrix"),
    "gaps": Drawing("line", ("1", "2"), (Series("a", (1.0, None)), Series("b", (None, -2.0), "target")), "en"),
    "a year of days": bars([float(n % 7) for n in range(365)]),
    "stacked": Drawing("bar", ("甲",), (Series("a", (5.0,)), Series("b", (-2.0,))), "zh_Hans", stacked=True),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_x5_it_is_drawn_twice_as_sharp_on_white(name: str) -> None:
    drawing = DRAWINGS[name]
    body = draw(drawing)
    image = Image.open(io.BytesIO(body))
    assert image.size == (2 * drawing.size[0], 2 * drawing.size[1])
    assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
    assert len(body) < 130_000
    assert len(areas(drawing)) in (0, len(drawing.labels))
    assert all(0 <= a < c <= drawing.size[0] and 0 <= b < d <= drawing.size[1] for a, b, c, d in areas(drawing))


@pytest.mark.parametrize("figures", [1, 2, 3])
def test_as_many_rows_of_bars_as_have_room_weigh_at_most_60_kb(figures: int) -> None:
    """Names of eight characters that begin differently, and a figure beside every bar."""
    count = max_rows(figures)
    labels = tuple(f"{chr(0x5000 + 97 * n)}{LONG[n % 9 :][:7]}" for n in range(count))
    names = ("銷售額", "毛利", "收款額")[:figures]
    rows = (tuple(1_234_567.0 * (n + 1) / (number + 1) for n in range(count)) for number in range(figures))
    series = tuple(Series(name, values) for name, values in zip(names, rows, strict=True))
    body = draw(Drawing("bar", labels, series, "zh_Hant", first_only="只顯示前 %(count)s 組", is_cut=True))
    assert 15_000 < len(body) <= 60 * 1024
    assert count >= 15


@pytest.mark.parametrize("beside", [2, 3, 4])
def test_a_figure_takes_nothing_of_the_bar_beside_it(beside: int) -> None:
    """The first one's figure stands where the second, which is longer, goes on."""
    series = tuple(Series(str(number), (1.0 if number == 0 else 900.0,)) for number in range(beside))
    drawing = Drawing("bar", ("甲",), series, "zh_Hant")
    image = Image.open(io.BytesIO(draw(drawing))).convert("RGB")
    second = tuple(bytes.fromhex(PALETTE[1][1:]))
    right = max(x for y in range(image.height) for x in range(image.width) if image.getpixel((x, y)) == second)
    heights = [
        sum(image.getpixel((x, y)) == second for y in range(2 * drawing.above, 2 * (drawing.above + drawing.pitch)))
        for x in range(2 * drawing.left + 6, right - 2)
    ]
    assert min(heights) >= max(heights) - 2


def test_bars_that_are_a_line_say_so() -> None:
    many, few = ([1.0] * count for count in (63, 62))
    assert (bars(many, as_line="改以折線").note, bars(few, as_line="改以折線").note) == ("改以折線", "")
    assert bars(many, "line", as_line="改以折線").note == "", "that is what was asked for"


def test_the_sum_of_stacked_bars_stands_on_none_of_them() -> None:
    """Also where they come to less than nothing: right of what points to the right."""
    series = (Series("a", (-5.0,)), Series("b", (2.0,)))
    drawing = Drawing("bar", ("甲",), series, "zh_Hant", stacked=True)
    image = Image.open(io.BytesIO(draw(drawing))).convert("RGB")
    row = 2 * (drawing.above + drawing.pitch // 2)
    part = [x for x in range(image.width) if image.getpixel((x, row)) == tuple(bytes.fromhex(PALETTE[1][1:]))]
    assert len(part) == part[-1] - part[0] + 1, "nothing is written on the bar"


def test_bars_that_leave_groups_out_say_so_below_them() -> None:
    more = {"first_only": "只顯示前 %(count)s 組", "is_cut": True}
    cut, whole = bars([3.0, 2.0], **more), bars([3.0, 2.0])
    assert (cut.note, whole.note, cut.size[1] - whole.size[1]) == ("只顯示前 2 組", "", 18)
    body = Image.open(io.BytesIO(draw(cut))).convert("L")
    assert body.crop((0, body.height - 32, body.width // 2, body.height)).getextrema()[0] < 150
    small = bars([float(n) for n in range(12)], first_only="前 %(count)s 組").small()
    assert small.note == "前 10 組" and not bars([1.0], first_only="前 %(count)s 組").small().note
    assert not bars([2.0, 1.0], "pie", **more).note, "the rest is a slice"


def test_the_shades_of_a_matrix_are_shades_of_one_colour() -> None:
    """A half filled square is half of the accent, not the grey of a letter's edge that is nearly as dark."""
    found = Image.open(io.BytesIO(draw(bars([7.0, 3.0], "matrix")))).convert("RGB")
    many = sorted(found.getcolors(100_000) or [], reverse=True)[:3]
    half = next(colour for _count, colour in many if colour not in ((255, 255, 255), (11, 110, 110)))
    assert [abs(part - right) < 32 for part, right in zip(half, (144, 188, 189), strict=True)] == [True] * 3


def test_a_matrix_says_what_its_rows_and_columns_are() -> None:
    plain, said = bars([3.0, 1.0], "matrix"), bars([3.0, 1.0], "matrix", corner="變更前 → 變更後")
    assert said.size[1] - plain.size[1] == 18
    assert Image.open(io.BytesIO(draw(said))).convert("L").crop((0, 0, 200, 36)).getextrema()[0] < 150


@pytest.mark.parametrize("days", [52, 365, 361])
def test_the_labels_of_a_line_lie_within_the_picture(days: int) -> None:
    labels = tuple(f"2026-09-{n % 28 + 1:02d} – 09-30" for n in range(days))
    body = Image.open(io.BytesIO(draw(Drawing("line", labels, (Series("a", (1.0,) * days),), "zh_Hant")))).convert("L")
    edges = [body.crop((x, 0, x + 2, body.height)).getextrema()[0] for x in (0, body.width - 2)]
    assert edges == [255, 255]


def test_a_few_names_of_series_have_all_the_room() -> None:
    named = Drawing("bar", ("甲",), (Series("不含稅金額", (1.0,)), Series("不含稅金額 (去年同期)", (1.0,))), "zh_Hant")
    assert named.legend_name >= 21 and named.legend_columns >= 2


def test_names_that_begin_alike_stay_apart() -> None:
    named = [f"{LONG}{n}" for n in range(3)]
    assert len(set(truncate_apart(named, 26))) == 3 and all(width_of(one) <= 26 for one in truncate_apart(named, 26))
    assert truncate_apart(["甲公司", "甲公司", LONG], 8) == ["甲公司", "甲公司", "中華民…"]
    assert truncate_apart([f"{LONG} G00011", f"{LONG} G00012"], 26)[0].endswith("G00011")


@pytest.mark.parametrize("most", [100.0, 7.9e7])
def test_the_figures_below_small_bars_do_not_touch(most: int) -> None:
    """Between two of them on the axis there is white as wide as half a character."""
    drawing = bars([most, most / 2]).small()
    body = Image.open(io.BytesIO(draw(drawing))).convert("L")
    top = 2 * (drawing.above + 2 * drawing.pitch) + 6
    below = body.crop((2 * drawing.left, top, body.width, body.height - 4))
    dark = [below.crop((x, 0, x + 1, below.height)).getextrema()[0] < 200 for x in range(below.width)]
    gaps = "".join("x" if one else " " for one in dark).strip().split(" " * 14)
    assert 3 <= len([gap for gap in gaps if gap.strip()]) <= 5


def test_a_small_pie_keeps_its_percentages() -> None:
    named = Drawing("pie", (f"International {LONG}", "甲"), (Series("a", (1.0, 2.0)),), "en").small()
    body = Image.open(io.BytesIO(draw(named))).convert("L")
    assert body.crop((body.width - 4, 0, body.width, body.height)).getextrema()[0] == 255


def test_x5_bars_have_the_accent_colour() -> None:
    colours = Image.open(io.BytesIO(draw(bars([5.0])))).convert("RGB").getcolors(10_000)
    assert tuple(bytes.fromhex(MAIN[1:])) in {colour for _count, colour in colours or []}


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (12, "12", "12"),
        (9_999, "9,999", "9.999K"),
        (120_000, "12萬", "120K"),
        (-1_234_567, "-123.5萬", "-1.235M"),
        (250_000_000, "2.5億", "250M"),
        (0.05, "0.05", "0.05"),
    ],
)
def test_x5_numbers_of_an_axis(value: float, chinese: str, english: str) -> None:
    assert short_number(value, "zh_Hant") == chinese
    assert short_number(value, "zh_Hans") == chinese.replace("萬", "万").replace("億", "亿")
    assert short_number(value, "en") == english


def test_x5_a_long_name_is_cut_off_with_a_sign() -> None:
    assert truncate("甲公司", 6) == "甲公司"
    assert truncate("甲乙丙丁公司", 7) == "甲乙丙…"


def test_a_legend_of_two_lines_has_its_space() -> None:
    """Eight series need two lines of names above the bars; the bars and their links begin below them."""
    few = Drawing("bar", ("甲",), tuple(Series(str(n), (1.0,)) for n in range(6)), "zh_Hant", stacked=True)
    many = Drawing("bar", ("甲",), tuple(Series(str(n), (1.0,)) for n in range(8)), "zh_Hant", stacked=True)
    assert areas(many)[0][1] - areas(few)[0][1] == many.size[1] - few.size[1] == 18


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("臺灣水泥①髙", "臺灣水泥①髙"),
        ("甲😀乙", "甲😀乙"),
        ("甲🏭🍎乙", "甲〓乙"),
        ("한국 กข", "〓 〓"),
        ("a\u200db\ufe0fcafe\u0301", "abcafé"),
    ],
)
def test_x5_a_character_that_no_font_has_is_no_empty_box(name: str, written: str) -> None:
    assert readable(name, "") == written


def test_x5_a_formula_in_a_name_is_a_name() -> None:
    draw(Drawing("bar", (r"$\frac{1}{", "$x$"), (Series("$a$", (1.0, 2.0)),), "en"))


def test_a_legend_of_long_names_stays_within_the_picture() -> None:
    long = tuple(Series(f"{n}{LONG}", (1.0,)) for n in range(8))
    drawing = Drawing("bar", ("甲",), long, "zh_Hant", stacked=True)
    for one in (drawing, drawing.small()):
        pixels = Image.open(io.BytesIO(draw(one))).convert("L")
        edges = [pixels.crop((x, 0, x + 2, pixels.height)).getextrema()[0] for x in (0, pixels.width - 2)]
        assert edges == [255, 255]


def slices(drawing: Drawing) -> int:
    """How many of its pixels have the accent colour."""
    colours = Image.open(io.BytesIO(draw(drawing))).convert("RGB").getcolors(100_000)
    return {colour: count for count, colour in colours or []}[tuple(bytes.fromhex(MAIN[1:]))]


def test_a_pie_has_room_for_what_is_not_named() -> None:
    whole, half = slices(bars([1.0, 1.0], "pie")), slices(bars([1.0, 1.0], "pie", remainder=2.0))
    assert half / whole == pytest.approx(0.5, abs=0.02)
    assert bars([1.0], "pie", remainder=-2.0).shown_as == "bar"


def test_one_point_is_no_line() -> None:
    assert DRAWINGS["a point"].shown_as == "bar" and DRAWINGS["line"].shown_as == "line"


def test_half_a_customer_is_no_step_of_an_axis() -> None:
    def parts(most: float) -> set[float]:
        return {float(step) % 1 for step in few_steps().tick_values(0, most)}

    assert parts(6.3) == {0.0}
    assert parts(0.6) != {0.0}
