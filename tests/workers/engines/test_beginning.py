"""A beginning that stands once: what comes after it is scored as if every row had all of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.workers.engines import tiny
from workers.engines.beginning import FEW, NAME, Beginning, prepare
from workers.engines.decoding import _State

SHARED = [10 + n % 200 for n in range(60)]
STEPS: list[list[list[int]]] = [
    [[21, 22, 23], [31], [41, 42]],
    [[24], [32], [43]],
    [[25, 26], [33, 34, 35, 36], []],
    [[60 + n % 90 for n in range(FEW + 9)], [37], [44] * 7],
    [[27], [38], [45]],
]


def network_of(folder: Path, shape: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(tiny.causal_model(folder, shape=shape), dtype=torch.float32)
    return loaded.eval()


@pytest.mark.parametrize("shape", ["llama", "qwen3"])
@pytest.mark.parametrize("once", [True, False])
def test_every_step_scores_as_if_each_row_had_read_it_all(
    tmp_path: Path, shape: str, once: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    network = network_of(tmp_path / "m", shape)
    if once:
        prepare(network)
        assert network.config._attn_implementation == NAME
    beginning = Beginning.shared(network, [[*SHARED, 1], [*SHARED, 2]], before=None)
    assert (beginning.ids, bool(beginning.layers), beginning.memory is None) == (SHARED, once, once)
    state = _State.start(network, beginning, rows=3)
    texts = [list(SHARED) for _ in range(3)]
    worst = 0.0
    with torch.inference_mode():
        for gained in STEPS:
            scores = state.step(gained)
            for row, new in enumerate(gained):
                texts[row] += new
                if new:
                    alone = network(input_ids=torch.tensor([texts[row]])).logits[0, -1].log_softmax(-1)
                    worst = max(worst, float((scores[row] - alone).abs().max()))
    with capsys.disabled():
        print(f"\n{shape}, beginning kept {'once' if once else 'for each row'}: largest difference {worst:.1e}")
    assert worst < 1e-4


def test_found_before_it_is_kept_and_too_short_it_is_not_worth_it(tmp_path: Path) -> None:
    network = network_of(tmp_path / "m", "llama")
    prepare(network)
    first = Beginning.shared(network, [[*SHARED, 1], [*SHARED, 2]], before=None)
    assert Beginning.shared(network, [[*SHARED, 9, 9]], before=first) is first
    assert Beginning.shared(network, [SHARED], before=first).ids == SHARED[:-1], "shorter than a prompt"
    assert Beginning.shared(network, [[1, 2, 3], [1, 2, 4]], before=None).ids == []


def test_layers_that_look_only_so_far_back_keep_it_for_each_row(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    window = {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1}
    network = AutoModelForCausalLM.from_config(tiny.config("qwen3", **window)).eval()
    prepare(network)
    assert network.config._attn_implementation == "sdpa"
    assert not Beginning.shared(network, [[*SHARED, 1], [*SHARED, 2]], before=None).layers
