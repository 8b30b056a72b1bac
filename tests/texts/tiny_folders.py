"""Tiny Hugging Face folders of three other families of models, random, each with its own kind of tokenizer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tiny_models import SPECIAL, WORDS, tokenizer_of

CORPUS = [
    " ".join(WORDS),
    "My friend is good.",
    "The awful food was not nice, not very nice at all!",
    "gay woman, old",
] * 8
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
LENGTH = 40
"""Positions that each model knows, besides those that it skips."""


def byte_level_bpe() -> Any:
    """As RoBERTa's: pieces of bytes, a blank belongs to the word after it, <s> and </s> around a text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    letters = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=letters)
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return made


def unigram() -> Any:
    """As DeBERTa's: SentencePiece pieces with ▁ for a blank, [CLS] and [SEP] around a text."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(
        CORPUS, trainers.UnigramTrainer(vocab_size=80, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False)
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def roberta(tokenizer: Any, **config: Any) -> Any:
    """A RoBERTa: positions are numbered from the padding code on, and codes that are padding have none."""
    from transformers import RobertaConfig, RobertaForSequenceClassification

    special = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "type_vocab_size": 1}
    positions = {"max_position_embeddings": LENGTH + 2, "initializer_range": 0.5}
    size = tokenizer.get_vocab_size()
    return RobertaForSequenceClassification(RobertaConfig(vocab_size=size, **SMALL, **special, **positions, **config))


def distilbert(tokenizer: Any, **config: Any) -> Any:
    """A DistilBERT: no kinds of tokens, and other names of settings."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    sizes = {"dim": 16, "hidden_dim": 24, "n_layers": 2, "n_heads": 2, "max_position_embeddings": LENGTH}
    size = tokenizer.get_vocab_size()
    made = DistilBertConfig(vocab_size=size, pad_token_id=0, initializer_range=0.5, **sizes, **config)
    return DistilBertForSequenceClassification(made)


def deberta(tokenizer: Any, **config: Any) -> Any:
    """A DeBERTa (v2, v3): relative positions in the attention, none at the embeddings."""
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

    relative = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_biased_input": False}
    others = {"norm_rel_ebd": "layer_norm", "share_att_key": True, "position_buckets": 16, "type_vocab_size": 0}
    size = tokenizer.get_vocab_size()
    made = DebertaV2Config(
        vocab_size=size, pad_token_id=0, initializer_range=0.5, max_position_embeddings=LENGTH,
        max_relative_positions=-1, pooler_hidden_size=16, **SMALL, **relative, **others, **config,
    )  # fmt: skip
    return DebertaV2ForSequenceClassification(made)


FAMILIES = {
    "roberta": (byte_level_bpe, roberta),
    "distilbert": (lambda: tokenizer_of(WORDS), distilbert),
    "deberta": (unigram, deberta),
}


def family_folder(folder: Path, family: str, labels: Sequence[str] = ("good", "bad"), **config: Any) -> Path:
    """A folder of a family as `save_pretrained` and `Tokenizer.save` write it."""
    tokens, network = FAMILIES[family]
    tokenizer = tokens()
    torch.manual_seed(0)
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: at for at, label in enumerate(labels)}}
    model = network(tokenizer, **names, **config).eval()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
