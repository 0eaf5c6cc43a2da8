r"""Reads expressions and builds sympy objects itself: no text ever reaches an evaluator.

It knows numbers, + - * / ^ ** ! %, brackets, single names, the functions below, the LaTeX that answers are written in,
and units (workers.tools.units).
"""

import re
from collections.abc import Callable
from typing import Any

import sympy
from sympy.physics.units import Quantity

from workers.tools import units

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(sympy, name)
    for name in (
        *("sqrt", "cbrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
        *("factorial", "binomial", "gcd", "lcm", "floor", "ceiling"),
    )
} | {"abs": sympy.Abs, "ln": sympy.log, "min": sympy.Min, "max": sympy.Max, "mod": sympy.Mod, "sec": sympy.sec}
CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
WRITTEN = {  # other ways to write the same
    **{r"\left": "", r"\right": "", r"\,": " ", r"\;": " ", r"\!": "", r"\ ": " ", "$": "", "\u00a0": " ", r"\%": "%"},
    **{r"\cdot": "*", r"\times": "*", "×": "*", "·": "*", "÷": "/", r"\div": "/", "−": "-", "–": "-", "**": "^"},
    **{r"\dfrac": r"\frac", r"\tfrac": r"\frac", "π": " pi ", "√": " sqrt ", "²": "^2", "³": "^3", "[": "(", "]": ")"},
    **{"°": " deg ", "µ": "u", "μ": "u", "Ω": " ohm "},
}
UPRIGHT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}")
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<name>\\?[A-Za-z]+)|(?P<sign>[-+*/^!%(){},|]))"
)


class Unreadable(Exception):
    """The text is no expression; says where."""


class Reader:
    """Reads one expression by precedence: sums, products (also by juxtaposition), signs, powers, postfixes, atoms.

    `letters`: one letter behind a number, a unit or a / may be a unit. Without it every such letter is an unknown.
    """

    def __init__(self, text: str, *, letters: bool = False) -> None:
        self.letters = letters
        text = UPRIGHT.sub(r" \1 ", text)
        for written, plain in WRITTEN.items():
            text = text.replace(written, plain)
        self.tokens, at = [], 0
        text = text.strip().rstrip(".")
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise Unreadable(f"cannot read “{text[at : at + 12].strip()}”")
            self.tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            at = found.end()
        self.at = 0

    def all(self) -> Any:
        value = self.sum()
        if self.at < len(self.tokens):
            raise Unreadable(f"did not expect “{self.tokens[self.at][1]}”")
        return value

    def next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "the end")

    def take(self, *signs: str) -> str:
        kind, text = self.next()
        if kind == "sign" and text in signs:
            self.at += 1
            return text
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise Unreadable(f"expected “{sign}” before “{self.next()[1]}”")

    def sum(self) -> Any:
        value = self.product()
        while sign := self.take("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.signed()
        while True:
            if sign := self.take("*", "/"):
                other = self.signed()
                while sign == "/" and value.has(Quantity) and self.unit() is not None:
                    other = other * self.power()  # 6 m / 2 s: what stands below the line has its unit there
                value = value * other if sign == "*" else value / other
            elif self.next()[0] in ("number", "name") or self.next() in (("sign", "("), ("sign", "{")):
                value = value * self.power()
            else:
                return value

    def signed(self) -> Any:
        if sign := self.take("+", "-"):
            return self.signed() if sign == "+" else -self.signed()
        return self.power()

    def power(self) -> Any:
        value = self.atom()
        while sign := self.take("!", "%"):
            value = sympy.factorial(value) if sign == "!" else value / 100
        return value ** self.signed() if self.take("^") else value

    def atom(self) -> Any:
        kind, text = self.next()
        self.at += 1
        if kind == "number":
            return self.mixed(sympy.Rational(text.replace(",", "")))
        if kind == "name":
            return self.named(text.removeprefix("\\"))
        if text in ("(", "{", "|") and kind == "sign":
            value = self.sum()
            self.need({"(": ")", "{": "}", "|": "|"}[text])
            return sympy.Abs(value) if text == "|" else value
        raise Unreadable(f"did not expect “{text}”")

    def mixed(self, whole: Any) -> Any:
        r"""A number, with the fraction behind it: 2 1/2, and 2\frac{1}{2}, are two and a half."""
        kind, text = self.next()
        if kind == "number":
            self.at += 1
            if not (
                self.take("/")
                and whole.is_integer
                and text.isdigit()
                and self.next()[0] == "number"
                and self.next()[1].isdigit()
            ):
                raise Unreadable(f"did not expect “{text}” behind a number")
            self.at += 1
            return whole + sympy.Rational(int(text), int(self.tokens[self.at - 1][1]))
        if text == "\\frac" and whole.is_integer:
            self.at += 1
            part = self.group() / self.group()
            return whole + part if part.is_Rational and 0 < part < 1 else whole * part
        return whole

    def unit(self, at: int | None = None) -> Any:
        """The unit that the next token names, or None."""
        at = self.at if at is None else at
        kind, text = self.tokens[at] if at < len(self.tokens) else ("", "")
        if kind != "name":
            return None
        called = self.tokens[at + 1 : at + 2] == [("sign", "(")] and text in FUNCTIONS
        if text in units.UNITS and not called:
            return units.UNITS[text]
        return units.LETTERS.get(text) if self.letters and self.letter(at) else None

    def letter(self, at: int) -> bool:
        """Whether a letter stands where a unit does: behind a number, a / or another unit."""
        before = self.tokens[at - 1] if at else ("", "")
        return (
            before[0] == "number" or before == ("sign", "/") or (before[0] == "name" and self.unit(at - 1) is not None)
        )

    def named(self, name: str) -> Any:
        if (unit := self.unit(self.at - 1)) is not None:
            return unit
        if name == "frac":
            return self.group() / self.group()
        if name in FUNCTIONS:
            return FUNCTIONS[name](*self.arguments())
        if name in CONSTANTS:
            return CONSTANTS[name]
        if len(name) == 1:
            return sympy.Symbol(name)
        raise Unreadable(f"“{name}” is no function known here; names of unknowns are one letter")

    def group(self) -> Any:
        self.need("{")
        value = self.sum()
        self.need("}")
        return value

    def arguments(self) -> list[Any]:
        closing = {"(": ")", "{": "}"}.get(self.take("(", "{"))
        if closing is None:
            return [self.power()]
        values = [self.sum()]
        while self.take(","):
            values.append(self.sum())
        self.need(closing)
        return values


def read(text: str, *, letters: bool = False) -> Any:
    return Reader(text, letters=letters).all()
