"""Texts through a network: batches of like length, one copy to the device, the host at work while it computes."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workers.engines.ahead import ahead
from workers.engines.batching import Budget, as_row_error, halved, is_full, of_like_length
from workers.engines.errors import RowError
from workers.engines.texts import Text

DEPTH = 2  # batches that stand ready for the network
MOST = 512  # texts in one batch
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Scored:
    """What the network said of a text, as an array, or why it said nothing. `padded`: what its batch added to it."""

    text: Text
    value: Any
    error: str = ""
    padded: int = 0


@dataclass(frozen=True, slots=True)
class Flying:
    """A batch that the device may still be at work on."""

    texts: list[Text]
    values: Any
    ready: Any


Compute = Callable[[dict[str, Any]], Any]
"""The network's inputs on the device, and `ends` as `unpacked` says -> (texts, ...) of any float type."""
HEAD = 3  # numbers before a text's tokens in a block


class Forward:
    """Values depend neither on batch, nor on order, nor on the side of the padding, but for rounding."""

    def __init__(self, compute: Compute, *, device: Any, pad: int, budget: int, padding: Side = "right") -> None:
        self.budget = Budget(budget)
        self._compute, self._device, self._pad, self._padding = compute, device, pad, padding
        self._apart = device.type == "cuda"

    def values(self, texts: Iterable[Text], *, most: int = MOST) -> Generator[list[Scored]]:
        """Groups as they are done. `texts` come roughly longest first, and are made by another thread."""
        with ahead(of_like_length(texts, length=len, budget=self.budget, most=most), depth=DEPTH) as batches:
            yield from self._in_turn(batches)

    def _in_turn(self, batches: Iterable[list[Text]]) -> Iterator[list[Scored]]:
        flying: Flying | None = None
        for batch in batches:
            if unread := [Scored(text, None, error=text.error) for text in batch if text.error]:
                yield unread
            if not (texts := [text for text in batch if not text.error]):
                continue
            launched = self._try(self._launch, texts)
            if flying:
                yield self._landed(flying)
                flying = None
            if isinstance(launched, RowError):
                yield self._one_by_one(texts, launched)
            elif self._apart:
                flying = launched
            else:
                yield self._landed(launched)
        if flying:
            yield self._landed(flying)

    def _try(self, work: Callable[[Any], Any], given: Any) -> Any:
        """The answer, or the error that its rows will have to share among them."""
        try:
            return work(given)
        except Exception as error:
            texts = given.texts if isinstance(given, Flying) else given
            if is_full(error):
                self.budget.shrink(len(texts) * max(map(len, texts)))
            failure = as_row_error(error)
        self._clear()  # only here, where the failed batch's tensors are gone
        return failure

    def _clear(self) -> None:
        if self._apart:
            import torch

            torch.cuda.empty_cache()

    def _landed(self, flying: Flying) -> list[Scored]:
        values = self._try(self._land, flying)
        if isinstance(values, RowError):
            return self._one_by_one(flying.texts, values)
        width = max(map(len, flying.texts))
        return [Scored(text, value, padded=width - len(text)) for text, value in zip(flying.texts, values, strict=True)]

    def _one_by_one(self, texts: list[Text], failure: RowError) -> list[Scored]:
        """Halves, down to the texts at fault."""

        def work(some: Sequence[Text]) -> list[Any]:
            values = self._try(lambda given: self._land(self._launch(given)), list(some))
            if isinstance(values, RowError):
                raise values
            return list(values)

        found = halved(work, texts, failure)
        return [
            Scored(text, None, error=str(value)) if isinstance(value, RowError) else Scored(text, value)
            for text, value in zip(texts, found, strict=True)
        ]

    def _launch(self, texts: list[Text]) -> Flying:
        import torch

        block = torch.from_numpy(self._block(texts))
        if self._apart:
            block = block.pin_memory()
        block = block.to(self._device, non_blocking=True)
        forked = any(text.turn for text in texts)
        with torch.inference_mode():
            values = self._compute(unpacked(block, padding=self._padding, forked=forked)).float()
        if not self._apart:
            return Flying(texts, values, None)
        home = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
        home.copy_(values, non_blocking=True)
        ready = torch.cuda.Event()  # type: ignore[no-untyped-call]
        ready.record()
        return Flying(texts, home, ready)

    def _block(self, texts: list[Text]) -> Any:
        """(texts, HEAD + tokens): length, shared and turn of each text, then its padded ids. One thing to copy."""
        import numpy as np

        width = max(map(len, texts))
        block = np.full((len(texts), HEAD + width), self._pad, dtype=np.int32)
        for line, text in zip(block, texts, strict=True):
            line[:HEAD] = (len(text), text.shared, text.turn) if text.turn else len(text)
            start = HEAD if self._padding == "right" else HEAD + width - len(text)
            line[start : start + len(text)] = text.ids
        return block

    def _land(self, flying: Flying) -> Any:
        if flying.ready is not None:
            flying.ready.synchronize()
        return flying.values.numpy()


def unpacked(block: Any, *, padding: Side, forked: bool) -> dict[str, Any]:
    """Ids, mask and, where they do not simply count from the left, positions; `ends`: (texts, 2), where each ends.

    `forked`: some texts are two that share a beginning. Then the mask is of every token by every token.
    """
    import torch

    lengths, shared, turn = (block[:, n : n + 1] for n in range(HEAD))
    ids = block[:, HEAD:]
    width = ids.shape[1]
    starts = torch.zeros_like(lengths) if padding == "right" else width - lengths
    places = torch.arange(width, device=block.device).unsqueeze(0) - starts
    there = (places >= 0) & (places < lengths)
    inputs = {"input_ids": ids, "attention_mask": there.long(), "ends": starts + torch.cat([turn, lengths], 1) - 1}
    if forked:
        second = places >= turn
        first = (places >= shared) & ~second
        inputs["attention_mask"] = _seen(there, first, second).unsqueeze(1)
        places = places - second * (turn - shared)
    if forked or padding == "left":
        inputs["position_ids"] = places.clamp(min=0)
    return inputs


def _seen(there: Any, first: Any, second: Any) -> Any:
    """(texts, tokens, tokens): each sees what came before it, no padding, and no second ending the first."""
    import torch

    width = there.shape[1]
    before = torch.ones(width, width, dtype=torch.bool, device=there.device).tril()
    seen = before & there.unsqueeze(1) & ~(second.unsqueeze(2) & first.unsqueeze(1))
    return seen | torch.eye(width, dtype=torch.bool, device=there.device)  # what sees nothing becomes no number
