"""Texts on their way into a model: turned into tokens in chunks, longest first, the oldest turns cut where too long."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workers.engines.batching import isolate
from workers.engines.conversation import CHARACTERS_A_TOKEN
from workers.engines.errors import RowError

CHUNK = 64  # texts tokenised by one call: enough for the tokenizer's own threads


@dataclass(frozen=True, slots=True)
class Text:
    """Token ids (int32) of one text. `key` says which it is; `error` why there are no ids.

    `turn` > 0: it is two texts that share their first `shared` tokens; what is the second's alone begins at `turn`.
    """

    key: int
    ids: Any
    truncated: bool = False
    error: str = ""
    shared: int = 0
    turn: int = 0

    def __len__(self) -> int:
        return len(self.ids)


Fitted = tuple[list[int], bool]
"""Token ids, at most the limit, and whether something went."""


@dataclass(frozen=True, slots=True)
class Source:
    """One text before it is tokens. `write` gives it as the tokenizer gets it, `fit` its tokens when it is too long.

    Either may raise whatever a chat template or a tokenizer raises.
    """

    key: int
    characters: int
    write: Callable[[], str]
    fit: Callable[[], Fitted]


class Reader:
    """Makes tokens of sources. A source that cannot be read is a Text with an error; its neighbours are read."""

    def __init__(self, tokenizer: Any, *, limit: int, vocabulary: int) -> None:
        self._tokenizer, self._limit, self._vocabulary = tokenizer, limit, vocabulary

    def read(self, sources: Sequence[Source]) -> Iterator[Text]:
        """Longest first, as far as characters tell."""
        order = sorted(sources, key=lambda source: -source.characters)
        for start in range(0, len(order), CHUNK):
            yield from self._chunk(order[start : start + CHUNK])

    def _chunk(self, sources: Sequence[Source]) -> Iterator[Text]:
        short = [one for one in sources if one.characters <= self._limit * CHARACTERS_A_TOKEN]
        read = isolate(self._together, short)
        found = dict(zip([one.key for one in short], read, strict=True))
        for one in sources:
            ids = found.get(one.key)
            if isinstance(ids, RowError):
                yield Text(one.key, [], error=str(ids))
            elif ids is not None and len(ids) <= self._limit:
                yield self._checked(one.key, ids, False)
            else:
                yield self._fitted(one)

    def _together(self, sources: Sequence[Source]) -> list[list[int]]:
        if not sources:
            return []
        try:
            written = [one.write() for one in sources]
            ids: list[list[int]] = self._tokenizer(written, verbose=False)["input_ids"]
        except Exception as error:  # templates and tokenizers refuse in as many ways as there are of them
            raise RowError(f"{type(error).__name__}: {error}") from error
        return ids

    def _fitted(self, source: Source) -> Text:
        try:
            ids, truncated = source.fit()
        except Exception as error:
            return Text(source.key, [], error=f"{type(error).__name__}: {error}")
        return self._checked(source.key, ids, truncated)

    def _checked(self, key: int, ids: list[int], truncated: bool) -> Text:
        import numpy as np

        if not ids:
            return Text(key, [], truncated, error="There is nothing to read.")
        found = np.asarray(ids, dtype=np.int32)
        # On a GPU such a token would end the process, not the row.
        if int(found.max()) >= self._vocabulary:
            return Text(
                key, [], truncated, error=f"Token {int(found.max())} is none of the model's {self._vocabulary}."
            )
        return Text(key, found, truncated)
