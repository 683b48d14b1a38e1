"""Telephones and codes whose first 0 Excel took away (I-5)."""

from typing import Any

import pytest

from crm.spreadsheets import cleaning
from crm.spreadsheets.cleaning.leading_zeros import MAY_LACK, PUT_BACK

TAIPEI, SHANGHAI, KUALA_LUMPUR = "Asia/Taipei", "Asia/Shanghai", "Asia/Kuala_Lumpur"


def read(reader: Any, cell: Any) -> tuple[str | None, list[str]]:
    heard: list[str] = []
    return reader(cell, lambda message, values: heard.append(message)), heard


@pytest.mark.parametrize(
    ("zone", "cell", "wanted"),
    [
        (TAIPEI, 912345678.0, "0912345678"),
        (TAIPEI, 912345678, "0912345678"),
        (TAIPEI, "912345678", "0912345678"),
        (TAIPEI, "９１２３４５６７８", "0912345678"),
        (TAIPEI, "912345678.0", "0912345678"),
        (TAIPEI, "9.12345678E+08", "0912345678"),
        (TAIPEI, 225317099.0, "0225317099"),
        (TAIPEI, 423123456.0, "0423123456"),
        (TAIPEI, 492331234.0, "0492331234"),
        (TAIPEI, 800123456.0, "0800123456"),
        (TAIPEI, 7012345678.0, "07012345678"),
        (SHANGHAI, 1065889900.0, "01065889900"),
        (SHANGHAI, 2162881234.0, "02162881234"),
        (SHANGHAI, 57188001122.0, "057188001122"),
        (SHANGHAI, 3118612345.0, "03118612345"),
        (SHANGHAI, "75583360000", "075583360000"),
        (KUALA_LUMPUR, 123456789.0, "0123456789"),
        (KUALA_LUMPUR, 1112345678.0, "01112345678"),
        (KUALA_LUMPUR, 321234567.0, "0321234567"),
    ],
)
def test_the_zero_is_put_back_and_said(zone: str, cell: Any, wanted: str) -> None:
    assert read(cleaning.phone_reader(zone), cell) == (wanted, [PUT_BACK])


@pytest.mark.parametrize(
    ("zone", "cell", "wanted"),
    [
        (TAIPEI, "0912345678", "0912345678"),
        (TAIPEI, "0912-345-678", "0912-345-678"),
        (TAIPEI, "912-345-678", "912-345-678"),
        (TAIPEI, 886912345678.0, "886912345678"),
        (SHANGHAI, 85223456789.0, "85223456789"),
        (SHANGHAI, "85328765432", "85328765432"),
        (SHANGHAI, 88633345678.0, "88633345678"),
        (TAIPEI, "+886912345678", "+886912345678"),
        (TAIPEI, 23456789.0, "23456789"),
        (TAIPEI, "35636688", "35636688"),
        (TAIPEI, 13800138000.0, "13800138000"),
        (TAIPEI, "02-25317099#12", "02-25317099#12"),
        (SHANGHAI, 13800138000.0, "13800138000"),
        (SHANGHAI, 4008001234.0, "4008001234"),
        (SHANGHAI, 8008201234.0, "8008201234"),
        (SHANGHAI, 62881234.0, "62881234"),
        (SHANGHAI, 95588.0, "95588"),
        (SHANGHAI, 912345678.0, "912345678"),
        ("Asia/Hong_Kong", 23456780.0, "23456780"),
        ("Asia/Singapore", 91234567.0, "91234567"),
        ("America/New_York", 2125551234.0, "2125551234"),
    ],
)
def test_other_numbers_stay_as_they_are(zone: str, cell: Any, wanted: str) -> None:
    assert read(cleaning.phone_reader(zone), cell) == (wanted, [])


@pytest.mark.parametrize("cell", [35636688.0, 47123456.0, 72345678.0, 62345678])
def test_a_number_that_may_lack_its_zero_is_pointed_out(cell: Any) -> None:
    assert read(cleaning.phone_reader(TAIPEI), cell) == (str(int(cell)), [MAY_LACK])


@pytest.mark.parametrize(
    ("zone", "key", "cell", "wanted", "told"),
    [
        (TAIPEI, "tax_number", 3244509.0, "03244509", [PUT_BACK]),
        (TAIPEI, "tax_number", "3244509", "03244509", [PUT_BACK]),
        (TAIPEI, "tax_number", 244509, "00244509", [PUT_BACK]),
        (TAIPEI, "tax_number", 22099131.0, "22099131", []),
        (TAIPEI, "tax_number", 123.0, "123", []),
        (TAIPEI, "code", 3244509.0, "3244509", []),
        (TAIPEI, "postcode", 106.0, "106", []),
        (SHANGHAI, "postcode", 50000.0, "050000", [PUT_BACK]),
        (SHANGHAI, "postcode", "200001", "200001", []),
        (SHANGHAI, "tax_number", 3244509.0, "3244509", []),
    ],
)
def test_codes_of_one_length(zone: str, key: str, cell: Any, wanted: str, told: list[str]) -> None:
    assert read(cleaning.code_reader(zone, key), cell) == (wanted, told)
