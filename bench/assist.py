"""Reward and embeddings as the engines run them, against the best that lengths allow and against a plain loop.

All three run the same checkpoint (random weights, its size by the device) on texts of the same lengths:
`ideal` has its tokens ready, in batches that need no padding, with as many tokens each; `naive` is a loop over batches
of 16 in the order in which texts arrive. Tokens are those of texts; padding is not counted as work done.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from statistics import median
from typing import Any

from tests.stack import ROOT
from tests.workers.engines import tiny
from workers.engines import Row, load
from workers.engines.conversation import as_text

MEDIAN, P99, CPU_MOST = 400, 6_000, 1_024  # tokens; on a CPU longer texts are cut, or a run takes an hour
NAIVE = 16
DATA = ROOT.parent / "shared" / "data"
SHAPES: dict[str, dict[str, int]] = {
    "cpu": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 4},
    # Of Qwen3-0.6B but for the vocabulary, whose rows are looked up and cost nothing.
    "cuda": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16},
}
HEADS: dict[str, dict[str, int]] = {
    "cpu": {"num_key_value_heads": 2, "head_dim": 64},
    "cuda": {"num_key_value_heads": 8, "head_dim": 128},
}


@dataclass(frozen=True)
class Bench:
    """One kind's engine with the network behind it."""

    kind: str
    engine: Any
    network: Any
    pad: int
    budget: int
    device: str


def measured(texts: int, rounds: int) -> dict[str, Any]:
    """Tokens a second by kind and distribution, and what of the machine's multiplication they use."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    found: dict[str, Any] = {"device": device, "matmul_tflops": round(matmul(device) / 1e12, 3)}
    found |= {"longest_text": None if device == "cuda" else CPU_MOST, "texts": texts, "load": os.getloadavg()}
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        for kind in ("reward", "embed"):
            bench = made(kind, Path(home), device)
            found[kind] = {
                name: _compared(bench, lengths, rounds, found["matmul_tflops"])
                for name, lengths in distributions(texts, device).items()
            }
    return found


def distributions(texts: int, device: str) -> dict[str, list[int]]:
    """Lengths in tokens, two by two those of a pair; `data` only where the shared folder is there."""
    draw = random.Random(7)
    spread = log(P99 / MEDIAN) / 2.3263  # the 99th percentile of a standard normal
    drawn = [round(exp(draw.gauss(log(MEDIAN), spread))) for _ in range(texts)]
    found = {"log_normal": drawn}
    if (source := DATA / "mtbench" / "conversations.json").exists():
        found["data"] = [draw.choice(_real(source)) for _ in range(texts)]
    most = CPU_MOST if device == "cpu" else 16_384
    return {name: [max(16, min(most, length)) for length in lengths] for name, lengths in found.items()}


def _real(source: Path) -> list[int]:
    """A token for every four characters of a two-turn conversation and of the pairs of LLMBar."""
    talks = [sum(len(turn["content"]) for turn in talk) for talk in json.loads(source.read_text()).values()]
    pairs = json.loads((DATA / "llmbar" / "natural.json").read_text())
    return [n // 4 for n in talks] + [
        len(p["input"] + p[side]) // 4 for p in pairs for side in ("output_1", "output_2")
    ]


def made(kind: str, home: Path, device: str) -> Bench:
    shape = {**SHAPES[device], **HEADS[device], "max_position_embeddings": 16_384}
    folder = home / kind
    if kind == "reward":
        tiny.reward_model(folder, shape="qwen3", bos=False, **shape)
    else:
        tiny.encoder(folder, shape="qwen3", **shape)
    engine: Any = load(kind, str(folder), cache=home, device=device)
    return Bench(kind, engine, engine._network, engine._forward._pad, engine._forward.budget.tokens, device)


def rows_of(kind: str, lengths: Sequence[int]) -> list[Row]:
    """Pairs whose two texts have these lengths: a character is a token of the checkpoint here."""
    rows = []
    for number, (a, b) in enumerate(zip(lengths[::2], lengths[1::2], strict=True)):
        asked = min(a, b) // 3
        lengths_of = {"y": a, "z": b}  # two letters: answers do not begin alike
        answers = [[{"role": "assistant", "content": one * (n - asked)}] for one, n in lengths_of.items()]
        talk = [{"role": "user", "content": "x" * (a if kind == "embed" else asked)}]
        rows.append(Row(number, talk, *answers))
    return rows


def _compared(bench: Bench, lengths: list[int], rounds: int, peak: float) -> dict[str, Any]:
    """Each way once to warm up, then by turns. Ratios are of one round, so that a busy minute weighs on all three; told
    are medians, and the engine's waste."""
    rows = rows_of(bench.kind, lengths)
    texts = [ids for row in rows for ids in texts_of(bench, row)]
    tokens = sum(map(len, texts))
    ways: dict[str, Callable[[], Any]] = {
        "engine": lambda: bench.engine.run(rows),
        "ideal": lambda: ideal(bench, [len(ids) for ids in texts]),
        "naive": lambda: naive(bench, rows),
    }
    for way in ways.values():
        way()
    turns = [{name: _timed(way) for name, way in ways.items()} for _ in range(rounds)]
    taken = {name: median(turn[name] for turn in turns) for name in ways}
    rate = {name: round(tokens / seconds) for name, seconds in taken.items()}
    padded = sum(result.counts.padded for result in bench.engine.run(rows))
    flops = 2 * sum(p.numel() for name, p in bench.network.named_parameters() if "embed" not in name)
    return {
        "tokens": tokens,
        "tokens_per_second": rate,
        "pairs_per_second": round(len(rows) / taken["engine"], 2),
        "of_ideal": round(median(turn["ideal"] / turn["engine"] for turn in turns), 3),
        "of_naive": round(median(turn["naive"] / turn["engine"] for turn in turns), 2),
        "pad_waste": round(padded / tokens, 4),
        "mfu": round(flops * rate["engine"] / (peak * 1e12), 3),
    }


def texts_of(bench: Bench, row: Row) -> list[list[int]]:
    if bench.kind == "embed":
        return [bench.engine._encode(as_text(row.conversation))]
    return [bench.engine._templated.encode([*row.conversation, *side]) for side in (row.response_a, row.response_b)]


def _timed(way: Callable[[], Any]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def ideal(bench: Bench, lengths: list[int]) -> None:
    """As many tokens as the texts have, in batches of texts of one length."""
    import torch

    order = sorted(lengths, reverse=True)
    while order:
        size = max(1, min(len(order), bench.budget // order[0]))
        width = round(sum(order[:size]) / size)
        order = order[size:]
        ids = torch.full((size, width), 9, dtype=torch.int32, device=bench.network.device)
        with torch.inference_mode():
            _result(bench, ids, torch.ones_like(ids)).cpu()


def naive(bench: Bench, rows: list[Row]) -> None:
    """What one would write first: tokenize, pad to the longest, run, batch after batch."""
    import torch

    together = NAIVE // 2 if bench.kind == "reward" else NAIVE  # rows; a pair is two texts of the reward model
    for start in range(0, len(rows), together):
        texts = [ids for row in rows[start : start + together] for ids in texts_of(bench, row)]
        width = max(map(len, texts))
        ids = torch.tensor([one + [bench.pad] * (width - len(one)) for one in texts]).to(bench.network.device)
        mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in texts]).to(bench.network.device)
        with torch.inference_mode():
            _result(bench, ids, mask).cpu()


def _result(bench: Bench, ids: Any, mask: Any) -> Any:
    out = bench.network(input_ids=ids, attention_mask=mask)
    return out.logits[:, 0].float() if bench.kind == "reward" else out.last_hidden_state.float().mean(1)


def matmul(device: str) -> float:
    """Floating-point operations a second of a large product, in the precision the models have there."""
    import torch

    size, dtype = (8192, torch.bfloat16) if device == "cuda" else (1536, torch.float32)
    one = torch.randn(size, size, device=device, dtype=dtype)
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        out = one @ one
        if device == "cuda":
            torch.cuda.synchronize()
        rates.append(2 * size**3 / (time.perf_counter() - began))
        del out
    return max(rates)
