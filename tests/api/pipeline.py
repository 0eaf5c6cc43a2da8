"""A training pipeline as a process of its own: `python -m tests.api.pipeline ADDRESS TOKEN FOLDER`.

Reads a release over HTTP with datasets and gives it to TRL's RewardTrainer, unchanged. Own process, because whether
the hub is within reach is decided once a process, when its library is first imported.
"""

import sys
from pathlib import Path
from typing import Any

TEMPLATE = "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} {% endfor %}"


def main(address: str, token: str, folder: Path) -> None:
    gold = load("parquet", f"{address}/gold.parquet", token, folder)
    lines = load("json", f"{address}/gold.jsonl.zst", token, folder)
    strata = load("parquet", f"{address}/strata.parquet", token, folder)
    assert gold.features == lines.features
    assert gold.to_list() == lines.to_list()
    assert (len(gold), len(strata)) == (8, 1)
    assert gold[0]["prompt"][0]["role"] == "user"
    assert_trains(gold, folder)


def load(kind: str, address: str, token: str, folder: Path) -> Any:
    from datasets import load_dataset

    options = {"http": {"headers": {"Authorization": f"Bearer {token}"}}}
    cache = str(folder / "datasets")
    return load_dataset(kind, data_files=address, storage_options=options, split="train", cache_dir=cache)


def assert_trains(gold: Any, folder: Path) -> None:
    """One step of a model of two tiny layers changes its weights and gives a loss."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForSequenceClassification, PreTrainedTokenizerFast
    from trl import RewardConfig, RewardTrainer

    torch.set_num_threads(1)
    words = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "user", "assistant", "First", "answer"])}
    plain = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="[PAD]", unk_token="[UNK]", eos_token="[PAD]", chat_template=TEMPLATE
    )
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, num_labels=1, pad_token_id=0,
    )  # fmt: skip
    options = RewardConfig(
        output_dir=str(folder / "out"), max_steps=1, per_device_train_batch_size=4, report_to="none", use_cpu=True,
        bf16=False, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    trainer = RewardTrainer(
        model=LlamaForSequenceClassification(config), args=options, train_dataset=gold, processing_class=tokenizer
    )
    result = trainer.train()
    assert result.global_step == 1
    assert result.training_loss > 0


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    print("trained")
