"""Checks expressions with sympy, in a process of its own: `python -m workers.tools.arithmetic`, JSON in and out.

Text never reaches an evaluator: grammar.Reader builds sympy's objects itself, and answers.lock() sees to it that no
library does otherwise.
"""

import json
import re
import sys
from itertools import pairwise
from typing import Any

import sympy

from workers.tools import answers, units
from workers.tools.grammar import Unreadable, read

LONGEST_SHOWN = 2_000
INTO = re.compile(r"(?P<what>.*\S)\s+(?:in|to|into)\s+(?P<unit>\S.*)", re.DOTALL)
Found = dict[str, Any]


def check(expression: str, other: str) -> Found:
    """One of: two answers compared, a value put into a unit, an equation checked, an expression evaluated.

    Raises Unreadable, and units.Mixed where units do not fit together.
    """
    if other:
        return {"check": "compare", "result": f"{expression} and {other}", **answers.compare(expression, other)}
    letters = units.named_in(expression)
    sides = expression.split("=")
    if len(sides) > 1:
        return _equation(sides, letters=letters)
    if into := INTO.fullmatch(expression):
        return _convert(into["what"], into["unit"])
    value = read(expression, letters=letters)
    return {"check": "evaluate", "result": shown(value), "decimal": decimal(value)}


def _convert(what: str, into: str) -> Found:
    """A value in the unit asked for: exactly, and as a decimal."""
    number, unit = units.split(read(what, letters=True))
    factor, wanted = units.split(read(f"1 {into}", letters=True))
    if unit != wanted or unit == 1:
        raise units.Mixed(f"{units.written(unit)} cannot be put into {into}")
    value = sympy.simplify(number / factor)
    return {"check": "convert", "result": f"{shown(value)} {into}", "decimal": f"{decimal(value)} {into}"}


def _equation(sides: list[str], *, letters: bool) -> Found:
    """Whether every side is the same as the next. Where letters alone could be units, and as unknowns they do not
    hold, they are read as units: "1 h = 3600 s"."""
    found = _chain([read(side, letters=letters) for side in sides])
    if found["holds"] or letters:
        return found
    as_units = [read(side, letters=True) for side in sides]
    if all(value.atoms(units.Quantity) and not value.free_symbols for value in as_units):
        return _chain(as_units)
    return found


def _chain(values: list[Any]) -> Found:
    """`holds` is None where sympy cannot tell. Of two sides the difference is told, too."""
    holds = [_same(one, other) for one, other in pairwise(values)]
    found: Found = {
        "check": "equation",
        "holds": False if False in holds else None if None in holds else True,
        "result": " and ".join(map(shown, values)),
    }
    if len(values) == 2:
        found["decimal"] = " and ".join(map(decimal, values))
    return found


def _same(one: Any, other: Any) -> bool | None:
    (first, unit), (second, wanted) = units.split(one), units.split(other)
    if unit != wanted and first != 0 and second != 0:
        return False
    return equal_to_zero(sympy.simplify(first - second))


def equal_to_zero(difference: Any) -> bool | None:
    """An equation with unknowns holds if it does for all their values."""
    if difference == 0:
        return True
    if not difference.free_symbols:
        known = difference.is_zero
        return bool(known) if known is not None else None
    return False if any(_differs(difference, at) for at in (2, 3, 5, 7)) else None


def _differs(difference: Any, at: int) -> bool:
    values = {symbol: at + number for number, symbol in enumerate(sorted(difference.free_symbols, key=str))}
    found = difference.subs(values)
    return bool(found.is_number and found.is_finite and found.is_zero is False and abs(found.evalf()) > 1e-12)


def shown(value: Any) -> str:
    """A value exactly, in SI base units where it has any."""
    number, unit = units.split(value)
    text = str(sympy.simplify(number))
    text = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return text if unit == 1 else f"{text} {units.written(unit)}"


def decimal(value: Any) -> str:
    number, unit = units.split(value)
    if not number.is_number or number.is_Integer:
        return shown(value)
    text = str(sympy.N(number, 12))
    return text if unit == 1 else f"{text} {units.written(unit)}"


def main() -> None:
    given = json.loads(sys.stdin.read())
    sys.set_int_max_str_digits(0)
    answers.lock()
    try:
        found = check(given["expression"], given["other"])
    except Unreadable as error:
        found = {"unread": f"This cannot be read: {error}."}
    except units.Mixed as error:
        found = {"error": f"The units do not fit: {error}."}
    except RecursionError:
        found = {"unread": "This cannot be read: it is nested too deep."}
    except Exception as error:  # what sympy cannot do is the tool's failure, not a verdict
        found = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    version = f"sympy {sympy.__version__}" + (f", {answers.VERSION}" if given["other"] else "")
    sys.stdout.write(json.dumps({**found, "version": version}))


if __name__ == "__main__":
    main()
