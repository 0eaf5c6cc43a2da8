"""What a model's own folder says of it: its shape from the configuration, its licence and first words from its card."""

import json
import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

SAID = 400  # characters of the card's first paragraph
LONGEST = 1 << 20  # bytes of a configuration or card that are read
FROM_CONFIG = {
    "layers": ("num_hidden_layers", "n_layer"),
    "width": ("hidden_size", "n_embd"),
    "context": ("max_position_embeddings", "n_positions"),
    "dtype": ("dtype", "torch_dtype"),
}
FRONT = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
FIELD = re.compile(r"^(license|base_model|license_name):[ \t]*(?:\r?\n\s*-\s*)?[\"']?([^\"'\r\n]+)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\([^)]*\)")
NO_PROSE = ("<", "![", "[![", "|", "```", "---", ">", "* ", "- ")


def about(folder: Path) -> dict[str, Any]:
    """What of it is there; nothing is guessed, and what cannot be read is left out."""
    config = _json(folder / "config.json")
    found: dict[str, Any] = {"architecture": ", ".join(map(str, config.get("architectures") or []))}
    for name, keys in FROM_CONFIG.items():
        found[name] = next((config[key] for key in keys if isinstance(config.get(key), int | str)), None)
    found["parameters"] = sum(_parameters(path) for path in sorted(folder.glob("*.safetensors")))
    card = _text(folder / "README.md")
    fields = dict(FIELD.findall(front[1])) if (front := FRONT.match(card)) else {}
    found["license"] = (fields.get("license_name") or fields.get("license") or "").strip()
    found["base_model"] = fields.get("base_model", "").strip()
    found["says"] = next(_paragraphs(FRONT.sub("", card)), "")[:SAID]
    return {name: value for name, value in found.items() if value}


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace").replace("\x00", "")
    except OSError:
        return ""


def _parameters(path: Path) -> int:
    """Of a file of weights, by its header alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length <= 100 * LONGEST else {}
        return sum(prod(one["shape"]) for name, one in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0


def _paragraphs(card: str) -> Iterator[str]:
    """Running text, without headings, badges, tables and code; of a link its words."""
    for block in re.split(r"\r?\n\s*\r?\n", re.sub(r"(?m)^#.*$", "\n", card)):
        text = LINK.sub(r"\1", " ".join(block.split()))
        if len(text) >= 40 and not text.startswith(NO_PROSE) and "```" not in text:
            yield text
