"""Tiny transformers and tokenizers, built at random for the tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

WORDS = [
    *("the", "a", "is", "are", "was", "very", "not", "good", "bad", "nice", "awful", "my", "your", "friend"),
    *("gay", "woman", "german", "old", "young", "food", "day", ","),
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokenizer_of(words: Sequence[str]) -> Any:
    """A tokenizer of whole words, with [CLS] and [SEP] around each text."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: at for at, word in enumerate([*SPECIAL, *dict.fromkeys(words)])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=40))
    made.normalizer = normalizers.BertNormalizer(clean_text=True, lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def bert_folder(folder: Path, words: Sequence[str], *, labels: Sequence[str] = ("good", "bad"), seed: int = 0) -> Path:
    """A folder with a random two-layer BERT classifier and its tokenizer."""
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = tokenizer_of(words)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=40,
        pad_token_id=0,
        initializer_range=0.6,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config).eval()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"mask_token": "[MASK]", "pad_token": "[PAD]"}))
    return folder
