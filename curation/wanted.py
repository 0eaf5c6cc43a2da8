"""The wanted qualities of a pair, which are free text, as items that can be looked at one by one.

What its writer set apart counts first: bullets, then lines, then semicolons, sentences, short phrases between commas.
"""

import re
from functools import lru_cache

MOST = 12
BULLET = re.compile(r"(?:[-*+•‣·–—]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+|\d{1,2}、\s*")
HEADING = re.compile(r"#{1,6}\s+")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])|(?<=[。！？])\s*(?=\S)")
SHORTENED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mr|Ms|Mrs|No)\.$")
COMMA, SEMICOLON = re.compile(r",\s+|[，、]\s*"), re.compile(r"[;；]\s*")
AND = re.compile(r"(?:and|or|und|et|y)\s+|[和及与]")
UNSPACED = re.compile(r"[\u3040-\u9fff]")
PHRASE = 4  # words, or as many times four characters of a script without spaces


@lru_cache(maxsize=2_000)
def wanted(text: str) -> tuple[str, ...]:
    """The items of the text, each once, at most MOST: the last one holds what is beyond.

    >>> wanted("- A right number\\n- Short")
    ('A right number', 'Short')
    >>> wanted("Correct; concise; and kind.")
    ('Correct', 'concise', 'kind.')
    """
    lines = [HEADING.sub("", line.strip(), count=1) for line in text.splitlines() if line.strip()]
    found = list(dict.fromkeys(filter(None, (part.strip(" \t;；,，") for part in _parts(lines)))))
    return tuple(found if len(found) <= MOST else [*found[: MOST - 1], "; ".join(found[MOST - 1 :])])


def _parts(lines: list[str]) -> list[str]:
    if any(BULLET.match(line) for line in lines):
        return _bullets(lines)
    if len(lines) > 1:
        return [line for line in lines if not line.endswith((":", "："))] or lines
    return _clauses(lines[0]) if lines else []


def _bullets(lines: list[str]) -> list[str]:
    """A line without a bullet goes on with the item before it; one that only leads to the list is no item."""
    parts: list[str] = []
    begun = False
    for line in lines:
        if bullet := BULLET.match(line):
            parts.append(line[bullet.end() :])
            begun = True
        elif begun:
            parts[-1] += f" {line}"
        elif not line.endswith((":", "：")):
            parts.append(line)
    return parts


def _clauses(line: str) -> list[str]:
    if len(parts := SEMICOLON.split(line)) > 1:
        return [AND.sub("", part, count=1) if AND.match(part) else part for part in parts]
    if len(sentences := _sentences(line)) > 1:
        return sentences
    phrases = COMMA.split(line)
    if len(phrases) > 2 and all(_short(phrase) for phrase in phrases):
        return [AND.sub("", phrase, count=1) if AND.match(phrase) else phrase for phrase in phrases]
    return [line]


def _sentences(line: str) -> list[str]:
    parts: list[str] = []
    for part in SENTENCE.split(line):
        if parts and SHORTENED.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def _short(phrase: str) -> bool:
    words = len(AND.sub("", phrase, count=1).split())
    return words <= PHRASE and (len(phrase) <= 4 * PHRASE or not UNSPACED.search(phrase))
