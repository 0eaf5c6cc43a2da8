"""The beginning that many prompts share: computed once, and its keys and values kept once, however many prompts there
are. Kept for each of them, every step would copy and read it all again, which is most of the work of a small model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workers.engines.sharing import CAUSAL

NAME = "shared_beginning"  # of the attention that reads it
WORTH_KEEPING = 32  # tokens
FEW = 32  # new tokens a row; more of them are worth the copy


@dataclass(frozen=True, slots=True)
class Layer:
    """Keys and values (1, heads, tokens, width) of one layer; and in float32, ready for multiplying: (heads, ...)."""

    keys: Any
    values: Any
    across: Any
    down: Any


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first tokens of every prompt, and what the network remembers of them: as a cache, and layer by layer where
    its attention can read that."""

    ids: list[int]
    memory: Any = None
    layers: tuple[Layer, ...] = ()

    @classmethod
    def shared(cls, network: Any, prompts: Sequence[list[int]], *, before: "Beginning | None") -> "Beginning":
        """What these prompts share: as found `before`, or computed now. Always shorter than a prompt."""
        import torch

        if before and all(_begins(prompt, before.ids) for prompt in prompts):
            return before
        shortest = min(prompts, key=len)[:-1]
        differing = (i for i, token in enumerate(shortest) if any(p[i] != token for p in prompts))
        ids = shortest[: next(differing, len(shortest))]
        if len(ids) < WORTH_KEEPING:
            return cls([])
        with torch.inference_mode():
            block = torch.tensor([ids], device=network.device)
            memory = network(input_ids=block, use_cache=True, logits_to_keep=1).past_key_values
            if network.config._attn_implementation != NAME:
                return cls(ids, memory)
            return cls(ids, layers=tuple(_layer(one.keys, one.values) for one in memory.layers))


def _begins(prompt: list[int], ids: list[int]) -> bool:
    return len(ids) < len(prompt) and prompt[: len(ids)] == ids


def _layer(keys: Any, values: Any) -> Layer:
    return Layer(keys, values, keys[0].float().transpose(1, 2).contiguous(), values[0].float())


def prepare(network: Any) -> None:
    """Let the network read a beginning that stands once, where it is one that looks at everything before a token."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    full = set(getattr(network.config, "layer_types", None) or ["full_attention"]) == {"full_attention"}
    if network.config.model_type in CAUSAL and full and network.config._attn_implementation == "sdpa":
        AttentionInterface.register(NAME, attend)
        AttentionMaskInterface.register(NAME, sdpa_mask)
        network.set_attn_implementation(NAME)


def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, beginning: Any = (), **more: Any
) -> tuple[Any, None]:
    """Attention in transformers' form. Every query sees all of `beginning`, and of `key` what the mask says."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if not beginning:
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **more)
        return found, None
    layer: Layer = beginning[module.layer_idx]
    mask = _seen(query, key) if attention_mask is None else attention_mask
    if query.shape[2] <= FEW:
        return _few(query, key, value, mask, layer, scaling=more["scaling"]).transpose(1, 2).contiguous(), None
    import torch

    rows = len(query)
    key = torch.cat([layer.keys.expand(rows, -1, -1, -1), key], dim=2)
    value = torch.cat([layer.values.expand(rows, -1, -1, -1), value], dim=2)
    mask = torch.nn.functional.pad(mask, (layer.keys.shape[2], 0), value=True)
    found, _ = sdpa_attention_forward(module, query, key, value, mask, **more)
    return found, None


def _seen(query: Any, key: Any) -> Any:
    """(1, 1, new, tokens): each what came before it."""
    import torch

    new, tokens = query.shape[2], key.shape[2]
    return torch.ones(new, tokens, dtype=torch.bool, device=query.device).tril(tokens - new)[None, None]


def _few(query: Any, key: Any, value: Any, mask: Any, layer: Layer, *, scaling: float) -> Any:
    """(rows, heads, new, width). All queries that share keys meet the beginning in one product, in float32."""
    import torch

    rows, heads, new, width = query.shape
    shared = key.shape[1]
    grouped = query.float().reshape(rows, shared, -1, width) * scaling
    flat = grouped.transpose(0, 1).reshape(shared, -1, width)
    first = (flat @ layer.across).view(shared, rows, grouped.shape[2], -1).transpose(0, 1)
    own = (grouped @ key.float().transpose(2, 3)).view(rows, shared, heads // shared, new, -1)
    own = own.masked_fill(~mask.unsqueeze(2), float("-inf")).view(rows, shared, grouped.shape[2], -1)
    chances = torch.cat([first, own], dim=-1).softmax(-1)
    before, after = chances[..., : first.shape[-1]], chances[..., first.shape[-1] :]
    found = after @ value.float()
    found += (
        (before.transpose(0, 1).reshape(shared, flat.shape[1], -1) @ layer.down)
        .view(shared, rows, -1, width)
        .transpose(0, 1)
    )
    return found.view(rows, heads, new, width).to(query.dtype)
