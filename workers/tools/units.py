"""Units as exact multiples of SI base units, and what a value with units comes to."""

import re
from typing import Any

import sympy
from sympy.physics.units import Quantity, ampere, bit, kelvin, kilogram, meter, mole, radian, second

__all__ = ["LETTERS", "UNITS", "Mixed", "Quantity", "named_in", "split", "written"]

SHORT = {meter: "m", kilogram: "kg", second: "s", ampere: "A", kelvin: "K", mole: "mol", bit: "bit", radian: "rad"}
BASE = {quantity: sympy.Symbol(short, positive=True) for quantity, short in SHORT.items()}


def _many(unit: Any, *names: str) -> dict[str, Any]:
    return dict.fromkeys(names, unit)


def _words(unit: Any, *names: str) -> dict[str, Any]:
    return _many(unit, *names, *(f"{name}s" for name in names))


HOUR, GRAM, LITRE = 3600 * second, kilogram / 1000, meter**3 / 1000
INCH, POUND = meter * 254 / 10_000, kilogram * 45_359_237 / 100_000_000
NEWTON = kilogram * meter / second**2
JOULE, PASCAL = NEWTON * meter, NEWTON / meter**2
WATT = JOULE / second
VOLT = WATT / ampere

# A letter alone is a unit only where it can be nothing else (grammar.Reader.letter).
LETTERS: dict[str, Any] = {
    **{"m": meter, "s": second, "h": HOUR, "g": GRAM, "l": LITRE, "L": LITRE, "t": 1000 * kilogram, "K": kelvin},
    **{"N": NEWTON, "J": JOULE, "W": WATT, "V": VOLT, "A": ampere},
}
UNITS: dict[str, Any] = {
    **_words(meter, "meter", "metre"),
    **{
        name: meter * sympy.Integer(10) ** power
        for name, power in (("km", 3), ("dm", -1), ("cm", -2), ("mm", -3), ("um", -6))
    },
    **{"nm": meter / 10**9, **_words(1000 * meter, "kilometer", "kilometre")},
    **_words(meter / 100, "centimeter", "centimetre"),
    **_words(meter / 1000, "millimeter", "millimetre"),
    **_many(INCH, "inch", "inches"),
    **_many(12 * INCH, "ft", "foot", "feet"),
    **_many(36 * INCH, "yd", "yard", "yards"),
    **_many(63_360 * INCH, "mi", "mile", "miles"),
    **_many(1852 * meter, "nmi"),
    **_many(10_000 * meter**2, "ha", "hectare", "hectares"),
    **_words(second, "sec", "second"),
    **{"ms": second / 1000, "us": second / 10**6, "ns": second / 10**9},
    **_many(60 * second, "min", "mins", "minute", "minutes"),
    **_words(HOUR, "hr", "hour"),
    **_words(24 * HOUR, "day"),
    **_words(168 * HOUR, "week"),
    **{"kg": kilogram, "mg": GRAM / 1000, "ug": GRAM / 10**6},
    **_words(kilogram, "kilogram", "kilo"),
    **_words(GRAM, "gram"),
    **_words(1000 * kilogram, "tonne"),
    **_many(POUND, "lb", "lbs", "pound", "pounds"),
    **_many(POUND / 16, "oz", "ounce", "ounces"),
    **_words(LITRE, "liter", "litre"),
    **{
        "ml": LITRE / 1000,
        "mL": LITRE / 1000,
        "cl": LITRE / 100,
        "cL": LITRE / 100,
        "dl": LITRE / 10,
        "dL": LITRE / 10,
    },
    **{"mph": 63_360 * INCH / HOUR, "kph": 1000 * meter / HOUR, "kmh": 1000 * meter / HOUR},
    **_words(1852 * meter / HOUR, "knot"),
    **{"kN": 1000 * NEWTON, "Nm": JOULE, "kJ": 1000 * JOULE, "MJ": JOULE * 10**6},
    **_words(NEWTON, "newton"),
    **_words(JOULE, "joule"),
    **{"cal": JOULE * 4184 / 1000, "kcal": 4184 * JOULE},
    **{"mW": WATT / 1000, "kW": 1000 * WATT, "MW": WATT * 10**6, "GW": WATT * 10**9},
    **_words(WATT, "watt"),
    **{"Wh": 3600 * JOULE, "kWh": 3_600_000 * JOULE, "MWh": 3600 * JOULE * 10**6},
    **{"Pa": PASCAL, "hPa": 100 * PASCAL, "kPa": 1000 * PASCAL, "MPa": PASCAL * 10**6},
    **{"mbar": 100 * PASCAL, "bar": PASCAL * 10**5, "atm": 101_325 * PASCAL},
    **{"mA": ampere / 1000, "mV": VOLT / 1000, "kV": 1000 * VOLT, "ohm": VOLT / ampere, "ohms": VOLT / ampere},
    **{"Hz": 1 / second, "kHz": 1000 / second, "MHz": 10**6 / second, "GHz": 10**9 / second},
    **_words(mole, "mol", "mole"),
    **_words(kelvin, "kelvin"),
    **_words(radian, "rad", "radian"),
    **_many(sympy.pi * radian / 180, "deg", "degree", "degrees"),
    **_words(bit, "bit"),
    **_words(8 * bit, "byte"),
    **{f"{letter}B": 8 * bit * 1000**power for power, letter in enumerate("kMGT", 1)},
    **{f"{letter}iB": 8 * bit * 1024**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}bit": bit * 1000**power for power, letter in enumerate("kMG", 1)},
}
NAME = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{2,}(?![A-Za-z]|\s*\()")


class Mixed(Exception):
    """Units that cannot be added, or a function of a unit."""


def named_in(text: str) -> bool:
    """Whether a text names a unit that nothing else is called by."""
    return any(name in UNITS for name in NAME.findall(text))


def split(value: Any) -> tuple[Any, Any]:
    """A value as (number, unit): the number in SI base units, the unit 1 where there is none. Raises Mixed."""
    if not value.atoms(Quantity):
        return value, sympy.Integer(1)
    plain = value.xreplace(BASE)
    symbols = set(BASE.values())
    found = {_unit(term, symbols) for term in sympy.Add.make_args(sympy.expand(plain))}
    if len(found) > 1:
        raise Mixed(" and ".join(sorted(map(written, found))) + " cannot be added")
    return plain.subs(dict.fromkeys(symbols, 1)), found.pop()


def _unit(term: Any, symbols: set[Any]) -> Any:
    factors = [factor for factor in sympy.Mul.make_args(term) if factor.free_symbols & symbols]
    for factor in factors:
        base, exponent = factor.as_base_exp()
        if base not in symbols or not exponent.is_Rational:
            raise Mixed("only numbers can stand there, and there is a unit")
    return sympy.Mul(*factors)


def written(unit: Any) -> str:
    """Such as "kg*m/s^2"; "a plain number" where there is none."""
    return "a plain number" if unit == 1 else str(unit).replace("**", "^")
