"""Equations and conversions with units, and where a letter is one."""

import pytest

from workers.tools import units
from workers.tools.arithmetic import check
from workers.tools.grammar import Unreadable


@pytest.mark.parametrize(
    ("equation", "holds"),
    [
        ("3 km/h * 20 min = 1 km", True),
        ("3 km/h * 20 min = 2 km", False),
        ("1 h = 3600 s", True),
        ("1 h = 60 s", False),
        ("100 cm = 1 m", True),
        ("5 m / 2 s = 2.5 m/s", True),
        ("6 km / 2 h = 3 km/h", True),
        ("1/2 km = 500 m", True),
        ("1 N = 1 kg m / s^2", True),
        ("1 kWh = 3.6 MJ", True),
        (r"12 \text{ cm} = 0.12\,\mathrm{m}", True),
        ("36 km/h = 10 m/s = 600 m/min", True),
        ("5.6 m * 2.7 m = 15.12 m²", True),
        ("2 km = 2 kg", False),
        ("5 km = 5", False),
        ("0 km = 0", True),
    ],
)
def test_an_equation_with_units_holds_or_not(equation: str, holds: bool) -> None:
    found = check(equation, "")
    assert (found["check"], found["holds"]) == ("equation", holds)


@pytest.mark.parametrize(
    ("conversion", "result"),
    [
        ("1 mi in km", "25146/15625 km"),
        ("60 mph to m/s", "16764/625 m/s"),
        ("5 min in s", "300 s"),
        ("90° in rad", "pi/2 rad"),
        ("1 GiB in MB", "16777216/15625 MB"),
        ("5 cm^2 in m^2", "1/2000 m^2"),
        ("2 kg * 3 m/s^2 in N", "6 N"),
    ],
)
def test_a_value_is_put_into_a_unit_exactly(conversion: str, result: str) -> None:
    assert check(conversion, "")["result"] == result


@pytest.mark.parametrize("text", ["3 km + 2 h", "1 km in kg", "3 in km", "5 km in 7", "sin(2 km)"])
def test_what_does_not_fit_together_is_said(text: str) -> None:
    with pytest.raises((units.Mixed, Unreadable)):
        check(text, "")


@pytest.mark.parametrize(
    ("text", "result"),
    [("2 m + 3 m", "5*m"), ("2s", "2*s"), ("min(3, 2)", "2"), ("3 min", "180 s"), ("m * 2 km", "2000*m m")],
)
def test_a_letter_alone_is_an_unknown(text: str, result: str) -> None:
    assert check(text, "")["result"] == result


def test_every_unit_is_an_exact_multiple_of_base_units() -> None:
    for name, value in (units.UNITS | units.LETTERS).items():
        number, unit = units.split(value)
        assert unit != 1, name
        assert number.is_positive, name
        assert not number.is_Float, name
