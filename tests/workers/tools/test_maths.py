"""What the maths tool says, what it refuses to read, and what stops it."""

import os
from typing import Any

import pytest

from workers.tools import FAILED, FINISHED, REFUSED, TIMEOUT, arithmetic, maths
from workers.tools.arithmetic import check
from workers.tools.grammar import Unreadable


@pytest.mark.parametrize(
    ("expression", "result", "decimal"),
    [
        ("(12 - 4 + 1) / 3", "3", "3"),
        ("2^10", "1024", "1024"),
        ("2**3**2", "512", "512"),
        ("-2^2", "-4", "-4"),
        (r"\frac{1}{3} + \frac{1}{6}", "1/2", "0.500000000000"),
        ("0.1 + 0.2", "3/10", "0.300000000000"),
        ("1,234,567.5 * 2", "2469135", "2469135"),
        ("5! / 3!", "20", "20"),
        ("12.5% * 80", "10", "10"),
        ("sqrt(16) + |−3|", "7", "7"),
        (r"\sqrt{2} \cdot \sqrt{8}", "4", "4"),
        ("binomial(5, 2) + gcd(12, 18)", "16", "16"),
        ("2(3 + 4)", "14", "14"),
        ("2x + 3x", "5*x", "5*x"),
        ("sin(pi/6)", "1/2", "0.500000000000"),
        ("1e3", "1000", "1000"),
        ("$3 × 4$", "12", "12"),
    ],
)
def test_an_expression_is_evaluated_exactly(expression: str, result: str, decimal: str) -> None:
    assert check(expression, "") == {"check": "evaluate", "result": result, "decimal": decimal}


@pytest.mark.parametrize(
    ("equation", "holds"),
    [
        ("(12 - 4 + 1) / 3 = 3", True),
        ("0.1 + 0.2 = 0.3", True),
        ("2 + 2 = 5", False),
        ("(x + 1)^2 = x^2 + 2x + 1", True),
        ("(x + 1)^2 = x^2 + 1", False),
        ("sin(x)^2 + cos(x)^2 = 1", True),
        ("1 + 1 = 2 = 4/2", True),
        ("1 + 1 = 2 = 3", False),
        ("sqrt(2) = 1.41421356", False),
    ],
)
def test_an_equation_holds_or_not(equation: str, holds: bool) -> None:
    found = check(equation, "")
    assert (found["check"], found["holds"]) == ("equation", holds)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("1/2", "0.5", True), (r"x = \boxed{\frac{3}{4}}", "0.75", True), ("3", "4", False), ("50%", "1/2", True)],
)
def test_two_answers_are_compared(one: str, other: str, same: bool) -> None:
    found = check(one, other)
    assert (found["check"], found["holds"]) == ("compare", same)


HOSTILE = (
    "__import__('os').system('touch RAN')",
    "().__class__.__bases__",
    "open('/etc/passwd').read()",
    "exec('x')",
    "lambda: 1",
    "x.subs(x, 1)",
    "sympify(1)",
    "1; 2",
    "[1 for x in y]",
    "f'{1}'",
    "a:=1",
    "\x00",
    "",
    "(",
    "1 +",
    "\\input{/etc/passwd}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_expression_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        check(text, "")


def test_no_evaluator_is_ever_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        pytest.fail("text reached an evaluator")

    monkeypatch.setattr(arithmetic.sympy, "sympify", never)
    monkeypatch.setattr("sympy.parsing.sympy_parser.parse_expr", never)
    arithmetic.read("2x + sqrt(3)/4 - 5!")


def test_the_tool_says_the_same_again() -> None:
    first, second = maths.run("(12 - 4 + 1) / 3 = 3"), maths.run("(12 - 4 + 1) / 3 = 3")
    assert first.status == FINISHED
    assert first.output["holds"] is True
    assert first.version.startswith("sympy ")
    assert (first.output, first.version, first.environment) == (second.output, second.version, second.environment)


@pytest.mark.parametrize("expression", ["what is 2 + 2", "1 / 0 +", "(" * 1900])
def test_what_cannot_be_read_did_not_run_and_says_why(expression: str) -> None:
    outcome = maths.run(expression)
    assert outcome.status == REFUSED
    assert outcome.output["note"]
    assert "holds" not in outcome.output


def test_what_takes_too_long_or_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "SECONDS", 3)
    for expression in ("9^9^9^9", "(10^7)!"):
        outcome = maths.run(expression)
        assert outcome.status in (TIMEOUT, FAILED)
        assert outcome.output["note"]
        assert outcome.milliseconds < 8000


def test_the_checker_sees_no_variable_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAIT", "bait-galah")
    assert "BAIT" in os.environ
    assert maths.run("1 + 1").status == FINISHED
