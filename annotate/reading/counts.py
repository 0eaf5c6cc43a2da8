"""How long a response is. Pages keep it back until the judgement is written: length biases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# A character of a script without spaces counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
BYTES_A_TOKEN = 4  # rule of thumb for byte-pair vocabularies; no tokenizer is loaded for a number that is only shown


@dataclass(frozen=True)
class Counts:
    words: int
    tokens: int


def count(texts: Sequence[str]) -> Counts:
    """Words, and about how many tokens."""
    words = sum(len(_WORD.findall(text)) for text in texts)
    size = sum(len(text.encode("utf-8", "replace")) for text in texts)
    return Counts(words, round(size / BYTES_A_TOKEN))
