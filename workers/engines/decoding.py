"""Greedy decoding of a batch under a grammar, with the shared beginning of the prompts computed once.

Every step feeds each row the tokens it gained: one that was chosen, and after it those that the grammar
forces (keys, quotes, the rest of a category), which cost no step of their own. Rows gain different
numbers of tokens, so each block is padded on the left and the padding masked out for good.
"""

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workers.engines.beginning import Beginning

NO_REPEAT = 6  # tokens; a small model that repeats that many would go on until it runs out of room
FEW = 64  # tokens; a grammar that permits no more asks for a choice, not for free text
PLAUSIBLE_CHOICE, PLAUSIBLE_WORD = 6.0, 2.5  # how far below the best a token may be, in nats


@dataclass(frozen=True, slots=True)
class Rules:
    """How the next token is picked.

    `guidance` g > 0 holds against a token what the model would say to anything, as it shows for the `blank`
    prompt. In free text, log-probabilities are (1 + g) log p(token | prompt) - g log p(token | blank)
    (classifier-free guidance, arXiv 2306.17806); among a few choices they are log p(token | prompt) -
    log p(token | blank) (contextual calibration, arXiv 2102.09690). Only tokens that the prompt alone makes
    plausible are weighed (contrastive decoding, arXiv 2210.15097).

    `temperature` > 0 draws among what is permitted, each row by a random generator of its own, so that neither batch
    nor order changes what it draws.
    """

    most: int
    closing: frozenset[int]
    blank: list[int]
    guidance: float = 0.0
    temperature: float = 0.0


def generate(
    network: Any,
    prefix: Beginning,
    prompts: Sequence[list[int]],
    *,
    matchers: Sequence[Any],
    rules: Rules,
    seeds: Sequence[int] = (),
) -> list[list[int]]:
    """New tokens of each prompt, end token left out, at most about `rules.most`."""
    import torch

    chances = [random.Random(seed) for seed in seeds or [0] * len(prompts)]  # noqa: S311 it draws words

    rows = len(prompts)
    written = [_forced(matcher) for matcher in matchers]
    # Two passes, not one of twice the rows: the blank prompt is short, and would be padded to the longest.
    contexts = [list(prompts), *([[rules.blank] * rows] if rules.guidance else [])]
    states = [_State.start(network, prefix, rows=rows) for _ in contexts]
    starts = [[one[len(prefix.ids) :] + text for one, text in zip(c, written, strict=True)] for c in contexts]
    with torch.inference_mode():
        scores = [state.step(start) for state, start in zip(states, starts, strict=True)]
        gained: list[list[int]] = [[0]] * rows
        while True:
            gained = [
                _next([score[i] for score in scores], matcher, text, rules=rules, chance=chances[i])
                if gained[i]
                else []
                for i, (matcher, text) in enumerate(zip(matchers, written, strict=True))
            ]
            if not any(gained):
                break
            scores = [state.step(gained) for state in states]
    return written


def _next(scores: list[Any], matcher: Any, text: list[int], *, rules: Rules, chance: random.Random) -> list[int]:
    """The tokens a row gains, added to `text` too; none when its text is complete or out of room.

    `scores`: (vocabulary,) log-probabilities after the prompt and, with guidance, after the blank one.
    """
    if matcher.is_stopped() or len(text) >= rules.most:
        return []
    token = _pick(scores, _allowed(matcher, scores[0]), text, rules=rules, chance=chance)
    if not matcher.consume_token(token) or matcher.stop_reason() == "EndOfSentence":
        return []
    gained = [token, *_forced(matcher)]
    text += gained
    return [] if matcher.is_stopped() else gained


def _allowed(matcher: Any, scores: Any) -> Any:
    """(vocabulary,) true where the grammar permits the token."""
    import numpy as np
    import torch

    bits = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
    allowed = np.zeros(len(scores), dtype=bool)
    allowed[: len(bits)] = bits[: len(allowed)]
    return torch.from_numpy(allowed).to(scores.device)


def _pick(scores: list[Any], allowed: Any, text: list[int], *, rules: Rules, chance: random.Random) -> int:
    never = float("-inf")
    score = scores[0].masked_fill(~allowed, never)
    if rules.guidance:
        few = int(allowed.sum()) <= FEW
        plausible = score > score.max() - (PLAUSIBLE_CHOICE if few else PLAUSIBLE_WORD)
        away = scores[0] - scores[1]
        guided = away if few else scores[0] + rules.guidance * away
        score = guided.masked_fill(~(allowed & plausible), never)
    token = _drawn(score / rules.temperature, chance) if rules.temperature else int(score.argmax())
    begun = next((i for i in range(len(text), 0, -1) if text[i - 1] in rules.closing), 0)
    if not _repeats(text[begun:], token):
        return token
    # Once it repeats itself there is no more to come: the text ends where the grammar lets it.
    enders = sorted(rules.closing)
    ending = scores[0][enders].masked_fill(~allowed[enders], never)
    return enders[int(ending.argmax())] if enders and ending.max() > never else token


def _drawn(score: Any, chance: random.Random) -> int:
    """By inverting the cumulative distribution, in float64 on the CPU: the same on every device."""
    import torch

    sums = score.double().cpu().softmax(-1).cumsum(-1)
    place = int(torch.searchsorted(sums, chance.random() * float(sums[-1]), right=True))
    return min(place, int((score > float("-inf")).nonzero().max()))


def _repeats(text: list[int], token: int) -> bool:
    """Whether the token writes once more a run that `text` holds already."""
    run = [*text[len(text) - NO_REPEAT + 1 :], token]
    return any(text[i : i + NO_REPEAT] == run for i in range(len(text) - NO_REPEAT + 1))


def _forced(matcher: Any) -> list[int]:
    forced: list[int] = matcher.compute_ff_tokens()
    matcher.consume_tokens(forced)
    return forced


class _State:
    """What the network has seen of each row. Slots that hold padding are masked out."""

    def __init__(self, network: Any, memory: Any, mask: Any, beginning: Beginning) -> None:
        self._network, self._memory, self._mask = network, memory, mask
        self._apart: dict[str, Any] = {"beginning": beginning.layers} if beginning.layers else {}
        self._before = len(beginning.ids) if beginning.layers else 0

    @classmethod
    def start(cls, network: Any, beginning: Beginning, *, rows: int) -> "_State":
        import torch
        from transformers import DynamicCache

        memory, seen = DynamicCache(config=network.config), 0
        if beginning.memory:
            memory, seen = copy.deepcopy(beginning.memory), len(beginning.ids)
            memory.batch_repeat_interleave(rows)
        mask = torch.ones((rows, seen), dtype=torch.long, device=network.device)
        return cls(network, memory, mask, beginning)

    def step(self, gained: Sequence[list[int]]) -> Any:
        """Log-probabilities (rows, vocabulary) after each row's last token; noise where a row gained none."""
        import torch

        width = max(map(len, gained))
        block = [[0] * (width - len(ids)) + ids for ids in gained]
        fresh = [[0] * (width - len(ids)) + [1] * len(ids) for ids in gained]
        added = torch.tensor(fresh, device=self._mask.device)
        self._mask = torch.cat([self._mask, added], dim=1)
        positions = (self._mask.cumsum(1) - 1).clamp(min=0)[:, -width:] + self._before
        out = self._network(
            input_ids=torch.tensor(block, device=self._mask.device),
            attention_mask=self._mask,
            position_ids=positions,
            past_key_values=self._memory,
            use_cache=True,
            logits_to_keep=1,
            **self._apart,
        )
        return out.logits[:, -1].float().log_softmax(-1)
