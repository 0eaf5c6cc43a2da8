r"""Compares two final answers. The library math-verify says whether they are the same, and reads LaTeX by a grammar.

It hands figures to sympy as text, which would evaluate them, so in this process sympy reads figures and nothing else.
Units and words, which the library drops or multiplies, are looked at first.
"""

import re
from importlib.metadata import version
from typing import Any

import sympy
from sympy.parsing import sympy_parser

from workers.tools import grammar, units
from workers.tools.grammar import Unreadable

VERSION = f"math-verify {version('math-verify')}"
FIGURE = re.compile(r"[+-]?(?:\d+(?P<point>\.\d*)?|(?P<bare>\.\d+))(?P<power>[eE][+-]?\d+)?")
WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{2,}")
KNOWN = {*grammar.FUNCTIONS, *grammar.CONSTANTS, *units.UNITS, "and", "or", "frac"}
BOXED = re.compile(r"\\boxed\{(.*)\}", re.DOTALL)
Found = dict[str, Any]


def figure(text: str, *_: Any, **__: Any) -> Any:
    """What sympy makes of a text here: a number, or nothing."""
    found = FIGURE.fullmatch(text.strip())
    if found is None:
        raise sympy.SympifyError(text)
    return sympy.Float(found[0]) if any(found.groups()) else sympy.Integer(found[0])


def no_evaluator(*_: Any, **__: Any) -> Any:
    raise RuntimeError("text is not evaluated here")


def lock() -> None:
    """From now on this process evaluates no text, whoever asks."""
    sympy_parser.parse_expr = figure
    sympy_parser.eval_expr = no_evaluator


def compare(one: str, other: str) -> Found:
    """{"holds": True, False or None where nobody can tell, "by": who said so, "note"}. Raises Unreadable."""
    one, other = (BOXED.sub(r"\1", text) for text in (one, other))
    if words(one) or words(other):
        return _by_words(one, other)
    measured = [_read(text) for text in (one, other)]
    if all(value is not None for value in measured):
        first, second = (units.split(value) for value in measured)
        if first[1] != 1 and second[1] != 1:
            return _by_units(first, second)
        note = "Only one of the two names a unit: their numbers were compared." if first[1] != second[1] else ""
        return _by_library(one, other, exact=None if note else first[0] - second[0]) | {"note": note}
    return _by_library(one, other, exact=None)


def words(text: str) -> list[str]:
    """The words of an answer that are no maths."""
    return [word for word in WORD.findall(grammar.UPRIGHT.sub(r" \1 ", text)) if word not in KNOWN]


def _by_words(one: str, other: str) -> Found:
    same = _plain(one) == _plain(other)
    note = "" if same else "There are words in them, which no maths can compare. Read them."
    return {"holds": True if same else None, "by": "words", "note": note}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w.%/-]+", grammar.UPRIGHT.sub(r" \1 ", text).casefold())).strip(" .")


def _read(text: str) -> Any:
    """What our own grammar makes of an answer, of "x = 3" the 3; None where it cannot read it."""
    text = text.rpartition("=")[2]
    try:
        value = grammar.read(text, letters=True)
        units.split(value)
    except (Unreadable, units.Mixed, RecursionError):
        return None
    return value


def _by_units(first: tuple[Any, Any], second: tuple[Any, Any]) -> Found:
    if first[1] != second[1]:
        note = f"Their units are not of one kind: {units.written(first[1])} and {units.written(second[1])}."
        return {"holds": False, "by": "units", "note": note}
    return {"holds": bool(sympy.simplify(first[0] - second[0]) == 0), "by": "units", "note": ""}


def _by_library(one: str, other: str, *, exact: Any) -> Found:
    """math-verify's word, asked both ways round since it is not symmetric. What it does not find the same may still
    be exactly so."""
    first, second = _parse(one), _parse(other)
    if not first or not second:
        unread = one if not first else other
        raise Unreadable(f"“{unread[:60]}” is no answer that maths can read")
    same = _verify(first, second) or _verify(second, first)
    if not same and exact is not None:
        same = bool(sympy.simplify(exact) == 0)
    return {"holds": same, "by": VERSION, "note": ""}


def _parse(text: str) -> list[Any]:
    from math_verify import LatexExtractionConfig, parse  # takes a third of a second

    boxed = rf"\boxed{{{text}}}"
    found: list[Any] = parse(boxed, [LatexExtractionConfig()], fallback_mode="no_fallback", parsing_timeout=None)
    return found


def _verify(one: list[Any], other: list[Any]) -> bool:
    from math_verify import verify

    return bool(verify(one, other, timeout_seconds=None, raise_on_error=True))
