"""What two final answers are said to be, by whom, and what never happens to their text."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workers.tools import FINISHED, REFUSED, maths

SAME: list[tuple[str, str]] = [
    ("1/2", "0.5"),
    (r"\frac{1}{3}", "0.333333"),
    (r"x = \boxed{\frac{3}{4}}", "0.75"),
    ("12,000", "12000"),
    (r"50\%", "1/2"),
    ("2 1/2", "5/2"),
    (r"\{1, 2\}", r"\{2, 1\}"),
    ("x > 2", "2 < x"),
    ("3 km", "3000 m"),
    (r"5\,\text{m}", "500 cm"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
    ("Tuesday", "**tuesday**."),
]
DIFFERENT = [("425.50", "444.00"), ("(1, 2)", "(1, 3)"), ("3 km", "3 m"), ("3 km", "3 kg"), ("x + 1", "x - 1")]
UNKNOWN = [("Tuesday", "Wednesday"), ("5 dollars", "5"), ("yes", "no")]
PROGRAM = """
import json, sys
from workers.tools import answers
answers.lock()
print(json.dumps([answers.compare(*pair)["holds"] for pair in json.load(sys.stdin)]))
"""


def compared(pairs: list[tuple[str, str]]) -> list[bool | None]:
    """In a process of its own, since the lock holds for good."""
    import json

    said = subprocess.run([sys.executable, "-c", PROGRAM], input=json.dumps(pairs), capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    found: list[bool | None] = json.loads(said.stdout)
    return found


def test_answers_are_the_same_or_not_or_nobody_can_tell() -> None:
    assert compared(SAME) == [True] * len(SAME)
    assert compared([(other, one) for one, other in SAME]) == [True] * len(SAME)
    assert compared(DIFFERENT) == [False] * len(DIFFERENT)
    assert compared(UNKNOWN) == [None] * len(UNKNOWN)


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os').system('touch {ran}')",
        r"\text{{__import__('os').system('touch {ran}')}}",
        r"\frac{{open('{ran}', 'w')}}{{2}}",
        r"exec(open('{ran}','w'))",
        r"\operatorname{{exec}}(open('{ran}','w'))",
        "lambda: open('{ran}', 'w')",
    ],
)
def test_no_text_is_ever_evaluated(hostile: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    outcome = maths.run(hostile.format(ran=ran), "1")
    assert not ran.exists()
    assert outcome.output.get("holds") is not True


def test_the_lock_is_what_keeps_text_from_the_evaluator() -> None:
    """The library hands sympy figures as text; anything else that gets there ends in an error."""
    program = """
import sympy
from workers.tools import answers
assert sympy.sympify("1 + 1") == 2
answers.lock()
assert sympy.Number("12") == 12 and sympy.Number("1.5") == sympy.Float("1.5")
for text in ("1 + 1", "x", "print(1)", "__import__('os')"):
    try:
        sympy.sympify(text)
    except sympy.SympifyError:
        continue
    raise SystemExit(f"{text} was evaluated")
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr == ""


@pytest.mark.parametrize("given", [{"answer": "both", "a": "4", "b": "8/2"}, {"answer": "b", "b": "4", "other": "8/2"}])
def test_final_answers_are_compared_without_a_first_and_a_second(given: dict[str, Any]) -> None:
    outcome = maths.compare(given | {"found": {}})
    assert outcome.status == FINISHED
    assert outcome.output == {"check": "answers", "holds": True, "by": "math-verify 0.9.0", "note": ""}
    assert "math-verify" in outcome.version
    again = maths.compare(given | {"found": {}})
    assert (again.output, again.version, again.environment) == (outcome.output, outcome.version, outcome.environment)


def test_what_no_maths_can_read_is_no_finding() -> None:
    outcome = maths.compare({"answer": "both", "a": "€5", "b": "§", "found": {}})
    assert outcome.status == REFUSED
    assert "holds" not in outcome.output
