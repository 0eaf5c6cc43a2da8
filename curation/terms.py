"""What a text is found by: its words, written alike whatever their case, accents and plural.

Scripts without spaces are cut into single characters and neighbours, so that no dictionary is needed. Both databases
store what this module makes, and ask with what it makes, so that they find the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 64  # characters of a term; longer words are cut
_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "".join(chr(code) for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_WORD = re.compile(
    rf"(?P<spaceless>[{_SPACELESS}]+)|(?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)"
    rf"|[^\W\d_{_SPACELESS}](?:[^\W\d_{_SPACELESS}]|[{_MARKS}])*"
)
COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about all also an and any are as at be been but by can could did do does for from had has have he her his"
        " how i if in into is it its me my no not of on or our she should so such than that the their them then there"
        " these they this to was we were what when where which who why will with would you your",
    )
)


@dataclass(frozen=True, slots=True)
class Term:
    """A term and where in the text it stands."""

    text: str
    start: int
    end: int


def terms(text: str) -> list[str]:
    """Every term of a text in order, as it is stored."""
    return [term.text for term in found(text)]


def asked(text: str) -> list[str]:
    """The terms to look for, each once: without words that every text has, unless there are no others."""
    every = list(dict.fromkeys(term.text for term in found(text, asking=True)))
    return [term for term in every if term not in COMMON] or every


def found(text: str, *, asking: bool = False) -> Iterator[Term]:
    """The terms with their places. Asking, a run without spaces is its neighbours alone: they say more."""
    for word in _WORD.finditer(text):
        if word["spaceless"]:
            yield from _neighbours(word[0], word.start(), single=not asking or len(word[0]) == 1)
        elif word["number"]:
            yield Term(_digits(word[0])[:LONGEST], word.start(), word.end())
        elif term := _plain(word[0]):
            yield Term(term[:LONGEST], word.start(), word.end())


def _neighbours(run: str, start: int, *, single: bool) -> Iterator[Term]:
    for at in range(len(run)):
        if single:
            yield Term(run[at], start + at, start + at + 1)
        if at + 1 < len(run):
            yield Term(run[at : at + 2], start + at, start + at + 2)


def _digits(number: str) -> str:
    """Any script's digits as 0 to 9, without separators of thousands."""
    return "".join(str(unicodedata.digit(digit)) for digit in number if digit != ",")


def _plain(word: str) -> str:
    """Small letters without marks; of English plurals the singular. Harman's weak stemmer (1991), as it is used."""
    apart = unicodedata.normalize("NFKD", word).casefold()
    term = "".join(letter for letter in apart if letter.isalnum() or unicodedata.category(letter) == "Mc")
    if not term.isascii() or len(term) < 4:
        return term
    if term.endswith("ies") and term[-4] not in "ae":
        return term[:-3] + "y"
    if term.endswith("es") and term[-3] not in "aeo":
        return term[:-1]
    return term[:-1] if term.endswith("s") and term[-2] not in "us" else term
