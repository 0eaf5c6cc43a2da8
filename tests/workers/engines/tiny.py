"""Tiny checkpoints with random weights, in the shapes of the released reward models."""

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIAL = ["<pad>", "<s>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]


def tokenizer(*, bos: bool, template: str | None = TEMPLATE) -> Any:
    """Byte-level, with a BOS token that tokenizing adds, or without one, as Qwen3's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *letters])}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(SPECIAL)
    if bos:
        core.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<s>" if bos else None,
        eos_token="<|end|>",
        pad_token="<pad>",
        chat_template=template,
    )


def config(shape: str, **more: Any) -> Any:
    from transformers import LlamaConfig, Qwen3Config

    kind = {"llama": LlamaConfig, "qwen3": Qwen3Config}[shape]
    sizes = {
        "vocab_size": 300,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "bos_token_id": None,
        "eos_token_id": 2,
        "initializer_range": 0.3,
    }
    return kind(**sizes | more)


def reward_model(folder: Path, *, shape: str, bos: bool, template: str | None = TEMPLATE, **more: Any) -> Path:
    """A reward model with one label, saved in `folder`."""
    from transformers import AutoModelForSequenceClassification, set_seed

    set_seed(7)
    AutoModelForSequenceClassification.from_config(config(shape, **{"num_labels": 1} | more)).save_pretrained(folder)
    tokenizer(bos=bos, template=template).save_pretrained(folder)
    return folder


def causal_model(folder: Path, *, shape: str = "llama", bos: bool = False) -> Path:
    """A model that writes noise, saved in `folder`."""
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(7)
    AutoModelForCausalLM.from_config(config(shape, max_position_embeddings=8192)).save_pretrained(folder)
    tokenizer(bos=bos).save_pretrained(folder)
    return folder


def encoder(folder: Path, *, shape: str = "qwen3", **more: Any) -> Path:
    """An embedding model, saved in `folder`."""
    from transformers import AutoModel, set_seed

    set_seed(7)
    AutoModel.from_config(config(shape, **more)).save_pretrained(folder)
    tokenizer(bos=False).save_pretrained(folder)
    return folder
