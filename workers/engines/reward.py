"""Pointwise reward models: one unbounded score a response, loaded as the Skywork-Reward-V2 models are.

p = sigmoid(score_a - score_b), the Bradley-Terry probability that response a is preferred.
"""

import math
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from workers.engines.conversation import characters, fit, without_system
from workers.engines.devices import dtype_name, exact_dtype, pass_tokens, pick_device
from workers.engines.errors import RowError, WrongArchitecture
from workers.engines.forward import MOST, Forward, Scored, Side
from workers.engines.rows import NONE, Counts, Message, Provenance, Result, Row, Streams
from workers.engines.sharing import can_share, joined, token_worth
from workers.engines.sources import Local, Server, find
from workers.engines.texts import Reader, Source

MAX_TOKENS = 16_384
NO_HEAD = (
    "{model} has no trained reward head: {why}. A reward model is a checkpoint of a "
    "...ForSequenceClassification architecture with num_labels=1; a base model would score at random."
)


def load(model: str, *, cache: Path, batch: int = 128, **options: Any) -> Streams:
    """The engine, here or behind SGLang. Raises ModelMissing, and WrongArchitecture for what is no reward model."""
    source = find(model, cache=cache, speaks="sglang")
    if isinstance(source, Server):
        from workers.engines.classify import load_server

        return load_server(source, cache=cache, batch=batch, **options)
    return load_local(source, batch=batch, **options)


def load_local(
    source: Local,
    *,
    batch: int,
    device: str | None = None,
    max_tokens: int = MAX_TOKENS,
    token_budget: int | None = None,
    most: int = MOST,
    padding: Side = "right",
) -> "Reward":
    """`token_budget` and `most` bound one forward pass, in tokens with padding and in texts."""
    device = pick_device(device)
    tokenizer, network = load_checkpoint(source.folder, name=source.setting, device=device)
    limit = min(max_tokens, network.config.max_position_embeddings, tokenizer.model_max_length)
    budget = token_budget or pass_tokens(device)
    settings = {
        "dtype": dtype_name(network.dtype),
        "device": device,
        "max_tokens": limit,
        "token_budget": budget,
        "attention": network.config._attn_implementation,
    }
    return Reward(
        tokenizer,
        network,
        provenance=Provenance("reward", source.setting, source.revision, "chat-template-1", settings),
        batch=batch,
        limit=limit,
        budget=budget,
        most=most,
        padding=padding,
    )


def load_checkpoint(folder: Path, *, name: str, device: str) -> tuple[Any, Any]:
    """Tokenizer and network, checked: chat template there, one label, no weight made up."""
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(folder)
    _require_head(config, name=name)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if not tokenizer.chat_template:
        raise WrongArchitecture(f"The tokenizer of {name} has no chat template.")
    network = _load_network(folder, name=name, device=device)
    config = network.config.get_text_config()
    if config.pad_token_id is None:
        config.pad_token_id = _pad_token(tokenizer)
    return tokenizer, network


def _require_head(config: Any, *, name: str) -> None:
    architectures = config.architectures or ["none named"]
    if not architectures[0].endswith("ForSequenceClassification"):
        raise WrongArchitecture(NO_HEAD.format(model=name, why=f"its architecture is {architectures[0]}"))
    if config.num_labels != 1:
        raise WrongArchitecture(NO_HEAD.format(model=name, why=f"its head has {config.num_labels} labels"))


def _load_network(folder: Path, *, name: str, device: str) -> Any:
    from transformers import AutoModelForSequenceClassification

    network, report = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=1, dtype=exact_dtype(device), output_loading_info=True
    )
    if report["missing_keys"]:
        missing = ", ".join(sorted(report["missing_keys"]))
        raise WrongArchitecture(NO_HEAD.format(model=name, why=f"the checkpoint lacks {missing}"))
    return network.to(device).eval()


def _pad_token(tokenizer: Any) -> int:
    """Any token that ends no text: transformers takes trailing ones for padding when it looks for the end."""
    candidates = (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id)
    ids = [i for i in candidates if i is not None and i != tokenizer.eos_token_id]
    return int(ids[0] if ids else tokenizer.eos_token_id or 0)


class Templated:
    """Conversation and response as a released reward model reads them, within the limit of its tokens."""

    def __init__(self, tokenizer: Any, *, limit: int, name: str) -> None:
        if not tokenizer.chat_template:
            raise WrongArchitecture(f"The tokenizer of {name} has no chat template.")
        self.tokenizer, self.limit = tokenizer, limit

    def write(self, messages: Sequence[Message]) -> str:
        """The text without the BOS token that the template wrote: tokenizing adds it again."""
        text: str = self.tokenizer.apply_chat_template(list(messages), tokenize=False)
        bos = self.tokenizer.bos_token
        return text[len(bos) :] if bos and text.startswith(bos) else text

    def encode(self, messages: Sequence[Message]) -> list[int]:
        ids: list[int] = self.tokenizer(self.write(messages), verbose=False)["input_ids"]
        return ids

    def fit(self, conversation: Sequence[Message], response: Sequence[Message]) -> tuple[list[Message], bool]:
        """User's and assistant's turns, at most the limit, and whether something went; the oldest turns go first."""
        turns = without_system([*conversation, *response])
        return fit(turns, cost=lambda messages: len(self.encode(messages)), limit=self.limit)

    def text(self, conversation: Sequence[Message], response: Sequence[Message]) -> tuple[str, bool, int]:
        """(text, whether something went, tokens). Raises what the chat template raises."""
        kept, truncated = self.fit(conversation, response)
        return self.write(kept), truncated, len(self.encode(kept))

    def tokens(self, conversation: Sequence[Message], response: Sequence[Message]) -> tuple[list[int], bool]:
        """(token ids, whether something went). Raises what the chat template raises."""
        kept, truncated = self.fit(conversation, response)
        return self.encode(kept), truncated


class Reward(Streams):
    """Scores do not depend on batch size, order or padding."""

    def __init__(
        self,
        tokenizer: Any,
        network: Any,
        *,
        provenance: Provenance,
        batch: int,
        limit: int,
        budget: int,
        most: int = MOST,
        padding: Side = "right",
    ) -> None:
        self.provenance, self.batch = provenance, batch
        self._templated = Templated(tokenizer, limit=limit, name=provenance.model)
        self._network, self._most, self._limit = network, most, limit
        self._shares = can_share(network)
        self._reader = Reader(tokenizer, limit=limit, vocabulary=network.config.get_text_config().vocab_size)
        pad = network.config.get_text_config().pad_token_id
        self._forward = Forward(self._compute, device=network.device, pad=pad, budget=budget, padding=padding)

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        """Payload: score_a, score_b, margin (a - b), p, truncated."""
        sources = [source for place, row in enumerate(rows) for source in self._sources(place, row)]
        texts = self._reader.read(sources)
        if self._shares:
            texts = joined(texts, worth=token_worth(self._network), limit=self._limit)
        halves: dict[int, Scored] = {}
        with closing(self._forward.values(texts, most=self._most)) as groups:
            for group in groups:
                done = []
                for scored in group:
                    if scored.text.turn:
                        done.append(_result(rows[scored.text.key // 2], scored, scored))
                    elif (other := halves.pop(scored.text.key ^ 1, None)) is None:
                        halves[scored.text.key] = scored
                    else:
                        a, b = sorted((scored, other), key=lambda one: one.text.key)
                        done.append(_result(rows[a.text.key // 2], a, b))
                if done:
                    yield done

    def _sources(self, place: int, row: Row) -> list[Source]:
        """Where texts are joined the two of a pair count alike, so that one is read right after the other."""
        sides = [[*row.conversation, *response] for response in (row.response_a, row.response_b)]
        lengths = [characters(side) for side in sides]
        if self._shares:
            lengths = [sum(lengths) - characters(row.conversation)] * 2
        return [
            self._source(2 * place + side, lengths[side], row.conversation, response)
            for side, response in enumerate((row.response_a, row.response_b))
        ]

    def _source(self, key: int, length: int, conversation: Sequence[Message], response: Sequence[Message]) -> Source:
        return Source(
            key,
            length,
            write=lambda: self._templated.write(without_system([*conversation, *response])),
            fit=lambda: self.tokens(conversation, response),
        )

    def tokens(self, conversation: Sequence[Message], response: Sequence[Message]) -> tuple[list[int], bool]:
        """Token ids of a conversation with a response, at most the limit, and whether something went."""
        return self._templated.tokens(conversation, response)

    def _compute(self, inputs: dict[str, Any]) -> Any:
        """(texts, 2): the scores at both ends of every text, which for most is the same place; or (texts,)."""
        ends = inputs.pop("ends")
        if not self._shares:
            return self._network(**inputs).logits[:, 0]
        if "position_ids" not in inputs:
            del inputs["attention_mask"]  # what is on the right of a text it does not see anyway
        states = getattr(self._network, self._network.base_model_prefix)(**inputs, use_cache=False).last_hidden_state
        return self._network.score(states.gather(1, ends.long().unsqueeze(2).expand(-1, -1, states.shape[2])))[..., 0]


def _result(row: Row, a: Scored, b: Scored) -> Result:
    """`a` and `b` are the same where both responses were one text."""
    parts = [a] if a is b else [a, b]
    counts = Counts(read=sum(len(one.text) for one in parts), padded=sum(one.padded for one in parts))
    if error := a.error or b.error:
        return Result(row.id, None, error=error, counts=counts)
    scores = (a.value.flat[0], b.value.flat[-1])
    return result_of(row, scores, truncated=a.text.truncated or b.text.truncated, counts=counts)


def result_of(
    row: Row, scores: tuple[Any, Any] | RowError, *, truncated: bool = False, counts: Counts = NONE
) -> Result:
    """The payload of a pair's two scores; what is no finite number is an error."""
    if isinstance(scores, RowError):
        return Result(row.id, None, error=str(scores), counts=counts)
    a, b = float(scores[0]), float(scores[1])
    for score in (a, b):
        if not math.isfinite(score):
            return Result(row.id, None, error=f"The model's score is {score}.", counts=counts)
    payload = {"score_a": a, "score_b": b, "margin": a - b, "p": sigmoid(a - b), "truncated": truncated}
    return Result(row.id, payload, counts=counts)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
