"""Turns a GGUF file into a folder that transformers loads in a second instead of twenty."""

import copy
import shutil
import tempfile
from pathlib import Path


def converted(file: Path, folder: Path) -> Path:
    """`folder`, made from `file` unless it is there already.

    A folder that exists is complete: it is written under another name and renamed, so a start that was cut
    short, or a second worker doing the same, leaves nothing half done.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _convert(file, unfinished)
        place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def place(unfinished: Path, folder: Path) -> None:
    """Renames; where another process was faster, its folder stands."""
    unfinished.chmod(0o755)
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)
    quantised = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    # transformers refuses to save a model that it read from GGUF, so its weights move into a plain one.
    config = copy.deepcopy(quantised.config)
    del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(quantised.state_dict())
    plain.to(torch.bfloat16).save_pretrained(folder)
