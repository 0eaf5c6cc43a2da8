"""Engines of model assistance: rows in, facts out; no Django, no network but the model's own.

Importing this package costs nothing: torch and transformers come in when `load` meets a kind that needs them.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, cast

from workers.engines.errors import BackendDown, BadAnswer, EngineError, ModelMissing, RowError, WrongArchitecture
from workers.engines.rows import Counts, Engine, Example, Message, Provenance, Result, Row

__all__ = [
    "KINDS", "BackendDown", "BadAnswer", "Counts", "Engine", "EngineError", "Example", "Message", "ModelMissing",
    "Provenance", "Result", "Row", "RowError", "WrongArchitecture", "load",
]  # fmt: skip

KINDS = {
    "attributes": "workers.engines.attributes:load",
    "embed": "workers.engines.embed:load",
    "reward": "workers.engines.reward:load",
    "differences": "workers.engines.differences:load",
    "judge": "workers.engines.judge:load",
    "preverify": "workers.engines.preverify:load",
}


def load(kind: str, model: str, *, cache: Path, **options: Any) -> Engine:
    """The engine of that kind, its model in memory.

    `model` is a setting as docs/engines.md describes it; `cache` a folder for converted and fetched models.
    Every kind takes `batch` (rows); kinds with a model here `device` ("cpu", "cuda", ...; by default a GPU where
    there is one). Of the others docs/engines.md tells.
    Raises ModelMissing, WrongArchitecture.
    """
    module, name = KINDS[kind].split(":")
    return cast("Engine", getattr(import_module(module), name)(model, cache=cache, **options))
