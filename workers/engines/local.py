"""An instruct model in this process that can only write JSON which fits a schema."""

import json
from collections.abc import Generator, Sequence
from typing import Any

from workers.engines.batching import batches, isolate
from workers.engines.beginning import Beginning, prepare
from workers.engines.decoding import Rules, generate
from workers.engines.devices import dtype_name, pass_tokens, pick_device, writing_dtype
from workers.engines.errors import RowError, WrongArchitecture
from workers.engines.rows import Message
from workers.engines.sources import Local
from workers.engines.writing import Answer, Asked, Written

MAX_NEW_TOKENS = 320
# A small model repeats its examples unless what it would say to anything counts against it.
SMALL = 1_000_000_000  # parameters
SMALL_GUIDANCE = 1.0


class LocalWriter:
    """transformers for the model, llguidance for the grammar; greedy where `temperature` is 0."""

    def __init__(
        self,
        source: Local,
        *,
        device: str | None = None,
        max_tokens: int = 2_048,
        together: int = 8,
        guidance: float | None = None,
        temperature: float = 0.0,
        token_budget: int | None = None,
    ) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        device = pick_device(device)
        self._tokenizer = AutoTokenizer.from_pretrained(source.folder)
        if not self._tokenizer.chat_template:
            raise WrongArchitecture(f"The tokenizer of {source.setting} has no chat template.")
        self._network, report = AutoModelForCausalLM.from_pretrained(
            source.folder, dtype=writing_dtype(device), output_loading_info=True
        )
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"]))
            raise WrongArchitecture(f"{source.setting} cannot write: its checkpoint lacks {missing}.")
        self._network.to(device).eval()
        prepare(self._network)
        small = self._network.num_parameters() < SMALL
        self._guidance = (SMALL_GUIDANCE if small else 0.0) if guidance is None else guidance
        self.revision, self._together, self._temperature = source.revision, together, temperature
        self._budget = token_budget or pass_tokens(device) * 8  # of the prompts, whose shared beginning costs nothing
        self.limit = min(max_tokens, self._network.config.max_position_embeddings - MAX_NEW_TOKENS)
        self._prefix: Beginning | None = None
        vocabulary = self._tokenizer.get_vocab().items()
        self._closing = frozenset(i for token, i in vocabulary if token.startswith(('"', '."')))
        self._grammar = _Grammar(self._tokenizer, self._network.config.vocab_size)
        self.settings = {
            "backend": "transformers",
            "device": device,
            "dtype": dtype_name(self._network.dtype),
            "max_tokens": self.limit,
            "max_new_tokens": MAX_NEW_TOKENS,
            "temperature": temperature,
            "guidance": self._guidance,
        }

    def cost(self, messages: list[Message]) -> int:
        """Tokens of this prompt."""
        return len(self._encode(messages))

    def stream(
        self, asked: Sequence[Asked], *, schema: dict[str, Any], blank: list[Message]
    ) -> Generator[tuple[int, Answer]]:
        """(which, answer) of every prompt, in batches of like length; what ran out of room is cut short."""
        ids = [self._encode(one.messages) for one in asked]
        for batch in batches([len(one) for one in ids], budget=self._budget, most=self._together):
            done = isolate(
                lambda some: self._write(some, schema=schema, blank=self._encode(blank)),
                [(ids[i], asked[i].seed) for i in batch],
            )
            yield from zip(batch, done, strict=True)

    def _encode(self, messages: list[Message]) -> list[int]:
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    def _write(
        self, prompts: Sequence[tuple[list[int], int]], *, schema: dict[str, Any], blank: list[int]
    ) -> list[Written]:
        ids = [one for one, _ in prompts]
        self._prefix = Beginning.shared(self._network, [*ids, blank], before=self._prefix)
        rules = Rules(MAX_NEW_TOKENS, self._closing, blank, guidance=self._guidance, temperature=self._temperature)
        matchers = [self._grammar.matcher(schema) for _ in ids]
        written = generate(
            self._network, self._prefix, ids, matchers=matchers, rules=rules, seeds=[seed for _, seed in prompts]
        )
        return [
            Written(self._tokenizer.decode(new, skip_special_tokens=True), len(prompt), len(new))
            for prompt, new in zip(ids, written, strict=True)
        ]


class _Grammar:
    """llguidance's view of the tokenizer, made once, and its matchers, one a text."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        from llguidance.hf import from_tokenizer

        self._tokenizer = from_tokenizer(tokenizer, n_vocab=vocabulary)
        self._made: dict[str, Any] = {}

    def matcher(self, schema: dict[str, Any]) -> Any:
        from llguidance import LLMatcher

        key = json.dumps(schema)
        if key not in self._made:
            # Without free white space the model spends its tokens on words.
            rules = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
            grammar = LLMatcher.grammar_from_json_schema(schema, overrides=rules)
            self._made[key] = LLMatcher(self._tokenizer, grammar)
            if self._made[key].is_error():
                raise RowError(self._made[key].get_error())
        return self._made[key].deep_copy()
