"""Sums of documents are exact and rounded half up, in the domain and in the browser (SO-1, hostile case 30)."""

import json
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from crm.domain.sales.amounts import line_amount, line_tax, totals_of
from crm.models.documents import TAX_EXCLUDED, TAX_INCLUDED
from tests.conventions.places import STATIC, node_tool

D = Decimal


def cents(exact: Fraction) -> Decimal:
    """Half up by whole numbers alone, without any decimal context."""
    return D((2 * exact * 100 + 1).__floor__() // 2).scaleb(-2)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("1", "0.005", None, "0.01"),
        ("1", "0.0049", None, "0.00"),
        ("0.5", "0.01", None, "0.01"),
        ("3", "33.33", "100", "99.99"),
        ("1", "1.005", "100", "1.01"),
        ("1", "2.675", "100", "2.68"),
        ("2", "10", "90", "18.00"),
        ("1", "0.15", "50", "0.08"),
        ("1", "100", "0", "0.00"),
        ("999999999.999", "1000", "33.33", "333299999999.67"),
    ],
)
def test_a_line_is_rounded_half_up(quantity: str, price: str, discount: str | None, amount: str) -> None:
    assert line_amount(D(quantity), D(price), D(discount) if discount else None) == D(amount)


def test_tax_without_and_within_the_price() -> None:
    assert line_tax(D("0.10"), D(5), TAX_EXCLUDED) == D("0.01")
    assert line_tax(D("105.00"), D(5), TAX_INCLUDED) == D("5.00")
    assert line_tax(D("100.00"), D(5), TAX_INCLUDED) == D("4.76")


def some_line(random: Random) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Quantity (3 decimals), price (4), discount %, tax rate %: half of them near a half cent."""
    quantity = D(random.choice((1, 2, 3, 7, random.randrange(1, 10 ** random.randrange(1, 12))))).scaleb(
        -random.randrange(4)
    )
    price = D(random.randrange(10 ** random.randrange(1, 13))).scaleb(-random.randrange(5))
    discount = random.choice((D(100), D(90), D(random.randrange(10001)).scaleb(-2)))
    return quantity, price, discount, random.choice((D(0), D(5), D(13), D(random.randrange(10001)).scaleb(-2)))


def test_hostile_30_ten_thousand_documents_are_exact() -> None:
    random = Random(30)
    for _ in range(10_000):
        mode, off = random.choice((TAX_EXCLUDED, TAX_INCLUDED)), D(random.randrange(10_000)).scaleb(-2)
        counted, goods, tax = [], D(0), D(0)
        for quantity, price, discount, rate in [some_line(random) for _ in range(random.randrange(1, 5))]:
            exact = cents(Fraction(quantity) * Fraction(price) * Fraction(discount) / 100)
            share = Fraction(rate) / (100 + Fraction(rate) if mode == TAX_INCLUDED else 100)
            amount = line_amount(quantity, price, discount)
            counted.append(SimpleNamespace(amount=amount, tax=line_tax(amount, rate, mode)))
            assert (amount, counted[-1].tax) == (exact, cents(Fraction(exact) * share))
            goods, tax = goods + exact, tax + cents(Fraction(exact) * share)
        sums = totals_of(counted, mode, off)
        assert (sums.goods, sums.tax) == (goods, tax)
        assert sums.total == (goods if mode == TAX_INCLUDED else goods + tax) - off


SCRIPT = """
const fs = require('fs');
const window = {shuke: {}};
const document = {body: {getAttribute: function () { return null; }}};
new Function('window', 'document', fs.readFileSync(process.argv[2], 'utf8'))(window, document);
const a = window.shuke.amounts;
const told = JSON.parse(fs.readFileSync(0, 'utf8')).map(function (line) {
  const amount = a.line(a.read(line[0], 3), a.read(line[1], 4), a.read(line[2], 2));
  const rate = a.read(line[3], 2);
  const taxes = [a.tax(amount, rate, false), a.tax(amount, rate, true)];
  return [a.show(amount), a.show(taxes[0]), a.show(taxes[1]), a.difference(amount, a.read('100', 2))];
});
console.log(JSON.stringify(told));
"""


def test_the_browser_counts_what_the_server_counts(tmp_path: Path) -> None:
    random = Random(31)
    lines = [some_line(random) for _ in range(5_000)]
    (tmp_path / "count.js").write_text(SCRIPT, encoding="utf-8")
    command = [*node_tool(tmp_path / "count.js", "acorn"), str(STATIC / "js" / "documents" / "1-amounts.js")]
    sent = json.dumps([[f"{value:f}" for value in line] for line in lines])
    answer = subprocess.run(command, input=sent, capture_output=True, text=True, check=True)
    for line, told in zip(lines, json.loads(answer.stdout), strict=True):
        amount = line_amount(*line[:3])
        taxes = [line_tax(amount, line[3], mode) for mode in (TAX_EXCLUDED, TAX_INCLUDED)]
        assert told == [f"{value:,.2f}" for value in (amount, *taxes, amount - 100)], line


def test_half_a_cent_is_up_whatever_the_context() -> None:
    assert D("0.005").quantize(D("0.01"), ROUND_HALF_UP) == line_amount(D(1), D("0.005"), None)
