"""Which device a model runs on, and in which precision."""

from typing import Any


def pick_device(device: str | None) -> str:
    """The one asked for, or a GPU where there is one."""
    import torch

    if device:
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def exact_dtype(device: str) -> Any:
    """For scores and vectors: bf16 on a GPU, as the released models are used, and fp32 on a CPU."""
    import torch

    return torch.float32 if device == "cpu" else torch.bfloat16


def writing_dtype(device: str) -> Any:
    """For text: bf16 wherever the hardware multiplies it, which on such CPUs is three times as fast."""
    import torch

    slow = device == "cpu" and not torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.float32 if slow else torch.bfloat16


def pass_tokens(device: str) -> int:
    """How many tokens one forward pass holds unless told otherwise; on a GPU it shrinks where memory is short."""
    return 2_048 if device == "cpu" else 65_536


def dtype_name(dtype: Any) -> str:
    """`float32`, for the record."""
    return str(dtype).removeprefix("torch.")
