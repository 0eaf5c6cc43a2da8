"""What a model's folder says of it: read as it is, left out where it cannot be."""

import json
from pathlib import Path

from workers.engines.about import SAID, about

CARD = """---
license: apache-2.0
base_model:
- Qwen/Qwen3-0.6B
---
# Skywork-Reward-V2

[![badge](https://example.org/badge.svg)](https://example.org)

<div align="center">A picture of a mountain that nobody needs here</div>

## What it is
It scores how good an [answer](https://example.org) is,
by what people preferred.
"""


def weights(*shapes: tuple[int, ...]) -> bytes:
    header = {f"w{at}": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for at, shape in enumerate(shapes)}
    text = json.dumps(header | {"__metadata__": {"format": "pt"}}).encode()
    return len(text).to_bytes(8, "little") + text


def test_shape_size_licence_and_first_words(tmp_path: Path) -> None:
    config = {"architectures": ["Qwen3ForSequenceClassification"], "num_hidden_layers": 28, "hidden_size": 1024}
    (tmp_path / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 40960}))
    (tmp_path / "model-1.safetensors").write_bytes(weights((10, 20), (5,)))
    (tmp_path / "model-2.safetensors").write_bytes(weights((3, 3)))
    (tmp_path / "README.md").write_text(CARD)
    assert about(tmp_path) == {
        "architecture": "Qwen3ForSequenceClassification",
        "layers": 28,
        "width": 1024,
        "context": 40960,
        "parameters": 214,
        "license": "apache-2.0",
        "base_model": "Qwen/Qwen3-0.6B",
        "says": "It scores how good an answer is, by what people preferred.",
    }


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    assert about(tmp_path / "nowhere") == {}
    (tmp_path / "config.json").write_text('["no object"]')
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 64)
    (tmp_path / "README.md").write_bytes(b"# Only a heading\n\n\xff\xfe " + b"word " * 500)
    found = about(tmp_path)
    assert set(found) == {"says"}
    assert len(found["says"]) == SAID
