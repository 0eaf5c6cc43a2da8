"""A reward model that SGLang serves (`--is-embedding`): POST /classify, the score is `embedding[0]`.

The texts are made here as for a model in this process, by the checkpoint's own chat template.
"""

import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from workers.engines.errors import BackendDown, BadAnswer, RowError
from workers.engines.posting import SHOWN, Poster
from workers.engines.reward import MAX_TOKENS, Templated, result_of
from workers.engines.rows import Counts, Provenance, Result, Row, Streams
from workers.engines.sources import Server, find_local

Scores = tuple[float, float] | RowError | BackendDown


def load_server(
    source: Server,
    *,
    cache: Path,
    batch: int,
    tokenizer: str = "",
    max_tokens: int = MAX_TOKENS,
    revision: str = "",
    **connection: Any,
) -> "RewardServer":
    """`tokenizer` names where tokenizer and template come from; by default what the server calls its model.

    Raises ModelMissing, WrongArchitecture.
    """
    from transformers import AutoTokenizer

    folder = find_local(tokenizer or source.model, cache=cache, weights=False).folder
    templated = Templated(AutoTokenizer.from_pretrained(folder), limit=max_tokens, name=source.model)
    settings = {"backend": "sglang", "max_tokens": max_tokens}
    provenance = Provenance("reward", source.setting, revision or source.revision, "chat-template-1", settings)
    poster = Poster(source.url, probe=("/classify", {"model": source.model, "text": ["Hello."]}), **connection)
    return RewardServer(templated, poster, source.model, provenance=provenance, batch=batch)


class RewardServer(Streams):
    """Both responses of a pair go in one request: they begin alike, and the server computes that once."""

    def __init__(self, templated: Templated, poster: Poster, model: str, *, provenance: Provenance, batch: int) -> None:
        self.provenance, self.batch = provenance, batch
        self._templated, self._poster, self._model = templated, poster, model

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        """Payload as `reward`. Raises BackendDown at the end, of pairs that got no result, where the server went away:
        it failed them and scored no other after that. Where it did, the pair fails."""
        downs: list[tuple[Row, BackendDown]] = []
        for which, (scores, truncated, tokens) in self._poster.each(rows, self._score):
            if isinstance(scores, BackendDown):
                downs.append((rows[which], scores))
                continue
            yield [
                *(Result(row.id, None, error=str(error)) for row, error in downs),
                result_of(rows[which], scores, truncated=truncated, counts=Counts(read=tokens)),
            ]
            downs = []
        if downs:
            raise downs[0][1]

    def _score(self, row: Row, over: threading.Event) -> tuple[Scores, bool, int]:
        truncated, tokens = False, 0
        try:
            both = [self._templated.text(row.conversation, side) for side in (row.response_a, row.response_b)]
            truncated, tokens = any(cut for _, cut, _ in both), sum(count for _, _, count in both)
            body = {"model": self._model, "text": [text for text, _, _ in both]}
            return _scores(self._poster.post("/classify", body, over=over)), truncated, tokens
        except (RowError, BackendDown) as error:
            return error, truncated, tokens
        except Exception as error:  # a template refuses in as many ways as there are templates
            return RowError(f"{type(error).__name__}: {error}"), truncated, tokens


def _scores(response: Any) -> tuple[float, float]:
    try:
        a, b = (float(item["embedding"][0]) for item in response.json())
    except (ValueError, LookupError, TypeError) as error:
        raise BadAnswer(f"The server's answer holds no two scores: {response.text[:SHOWN]!r}") from error
    return a, b
