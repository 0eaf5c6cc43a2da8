"""Two texts that begin alike as one: the shared beginning once, then both endings, which do not see each other."""

from collections.abc import Iterable, Iterator
from typing import Any

from workers.engines.texts import Text

# Networks that are causal in every layer and read the mask and positions they are given.
CAUSAL = {"llama", "qwen2", "qwen3"}


def can_share(network: Any) -> bool:
    """Whether this classifier may read two texts as one: causal throughout, attention that takes any mask."""
    config = network.config
    full = set(getattr(config, "layer_types", None) or ["full_attention"]) == {"full_attention"}
    return config.model_type in CAUSAL and full and config._attn_implementation == "sdpa"


def token_worth(network: Any) -> float:
    """To how many looks of one token at another the rest of a token's way through the network comes."""
    config = network.config
    layers = getattr(network, network.base_model_prefix).layers
    weights = sum(p.numel() for p in layers[0].parameters())
    heads: int = config.num_attention_heads
    width: int = getattr(config, "head_dim", None) or config.hidden_size // heads
    return float(weights / (2 * heads * width))


def joined(texts: Iterable[Text], *, worth: float, limit: int) -> Iterator[Text]:
    """Texts keyed 2n and 2n + 1 become one, keyed 2n, where that is less work. They come one right after the other."""
    one: Text | None = None
    for text in texts:
        if one is None:
            one = text
            continue
        first, second = sorted((one, text), key=lambda text: text.key)
        one = None
        both = _join(first, second, worth=worth)
        if both is None or len(both) > limit:
            yield from (first, second)
        else:
            yield both


def _join(a: Text, b: Text, *, worth: float) -> Text | None:
    """Attention is over everything, masked or not, so long endings that share little cost more than they save."""
    if a.error or b.error:
        return None
    shared = alike(a.ids, b.ids)
    ends = len(a) - shared, len(b) - shared
    if shared * worth <= 2 * ends[0] * ends[1] - shared * shared:
        return None
    import numpy as np

    ids = np.concatenate([a.ids, b.ids[shared:]])
    return Text(a.key, ids, a.truncated or b.truncated, shared=shared, turn=len(a))


def alike(a: Any, b: Any) -> int:
    """How many tokens both begin with."""
    short = min(len(a), len(b))
    differing = a[:short] != b[:short]
    return int(differing.argmax()) if differing.any() else short
