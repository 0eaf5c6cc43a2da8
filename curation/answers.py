r"""The final answer that a response comes to, as it is written: found, never computed.

A boxed answer comes before one that is said, and either before the formula or the bold figure that stands last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 500  # characters of an answer; what is longer is no answer
TAIL = 10_000  # characters at the end of a response that are looked through
STATED = ("boxed", "said")  # an answer that the response itself calls one

BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
SAID = re.compile(
    r"(?:\banswer\b(?:\s+to\b[^.:\n]{0,80})?\s*(?:(?:is|=|comes to)\s*:?|:)|^\s*####|答案(?:是|为|：|:)+)[\s*_]*",
    re.IGNORECASE | re.MULTILINE,
)
FORMULA = re.compile(
    r"\$\$(.{1,1000}?)\$\$|\\\[(.{1,1000}?)\\\]|(?<![\\\d$])\$(?=\S)([^$\n]+)(?<![\\\s])\$(?![\d$])|\\\((.{1,1000}?)\\\)",
    re.DOTALL,
)
BOLD = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*")
SENTENCE = re.compile(r"[.!?;,](?=\s|$)|[。；，！？]|\n")
ORNAMENT = " \t\r\n*_`.,;:"


@dataclass(frozen=True, slots=True)
class Answer:
    """`how` it was found: boxed, said, formula or bold."""

    text: str
    how: str


def final_answer(text: str) -> Answer | None:
    """The answer of one response, or None where it states none.

    >>> final_answer("So it is 6. The answer is **42 km**.")
    Answer(text='42 km', how='said')
    """
    tail = text[-TAIL:]
    for how, found in (("boxed", _boxed(tail)), ("said", _said(tail)), *_shown(tail)):
        if found and len(found) <= LONGEST:
            return Answer(found, how)
    return None


def of_messages(messages: Sequence[dict[str, str]]) -> Answer | None:
    """The answer of a response of one message or several: that of the last which has one."""
    found = (final_answer(message["content"]) for message in reversed(messages) if message["role"] == "assistant")
    return next((answer for answer in found if answer), None)


def _boxed(text: str) -> str:
    r"""What stands in the last \boxed{}, however many braces it has itself."""
    for box in reversed(list(BOX.finditer(text))):
        depth = 1
        for at in range(box.end(), min(len(text), box.end() + LONGEST)):
            depth += {"{": 1, "}": -1}.get(text[at], 0) if text[at - 1] != "\\" else 0
            if not depth:
                return text[box.end() : at].strip()
    return ""


def _said(text: str) -> str:
    """What follows the last "the answer is": its formula if it begins with one, else the rest of the sentence."""
    for said in reversed(list(SAID.finditer(text))):
        rest = text[said.end() : said.end() + 2 * LONGEST]
        if formula := FORMULA.match(rest):
            return _inside(formula)
        sentence = SENTENCE.split(rest, maxsplit=1)[0].strip(ORNAMENT)
        if formula := FORMULA.search(sentence):
            return _inside(formula)
        if any(letter.isalnum() for letter in sentence):
            return sentence
    return ""


def _shown(text: str) -> list[tuple[str, str]]:
    """The last formula and the last bold figure, the later one first."""
    formulas = [(match.end(), "formula", _inside(match)) for match in FORMULA.finditer(text)]
    figures = [(match.end(), "bold", match[1]) for match in BOLD.finditer(text) if re.search(r"\d", match[1])]
    return [(how, _result(found)) for _end, how, found in sorted(formulas[-1:] + figures[-1:], reverse=True)]


def _inside(formula: "re.Match[str]") -> str:
    return next(part for part in formula.groups() if part is not None).strip(" \t\n.,")


def _result(text: str) -> str:
    """What an equation comes to: of "3 x 4 = 12" the 12. An approximation after it is not it."""
    exact = re.split(r"\\approx|≈", text)[0] or text
    sides = [side for side in re.split(r"(?<![<>!:\\])=(?!=)", exact) if side.strip()]
    return (sides[-1] if sides else exact).strip(ORNAMENT)
