"""Tiny causal language models with random weights, and their tokenizers, saved as Hugging Face folders."""

from functools import cache
from pathlib import Path
from typing import Any

import torch

CORPUS = [
    "I saw the old man and the young woman outside the bank.",
    "Who was not comfortable using the phone? Nobody can know that.",
    "The old man was; the young woman was not. Answer: unknown",
]
CONTEXT = "I saw the old man and the young woman outside the bank."


def bytes_tokenizer(*, start: str | None = None) -> Any:
    """A byte-level BPE as GPT-2 has it, without padding; with a token that begins each text where one is named."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    made.train_from_iterator(CORPUS, trainer)
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    if start is not None:
        made.add_special_tokens([start])
        own = processors.TemplateProcessing(single=f"{start} $A", special_tokens=[(start, made.token_to_id(start))])
        made.post_processor = own
    return made


def gpt2_folder(folder: Path, *, places: int = 96, seed: int = 0) -> Path:
    """A GPT-2 of one layer, whose tokenizer puts nothing before a text and knows no padding."""
    import transformers

    tokenizer = bytes_tokenizer()
    torch.manual_seed(seed)
    config = transformers.GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=places,
        n_embd=16,
        n_layer=1,
        n_head=2,
        initializer_range=0.4,
        bos_token_id=0,
        eos_token_id=0,
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>").save_pretrained(folder)
    return folder


def llama_folder(folder: Path, *, seed: int = 0) -> Path:
    """A Llama of one layer, whose tokenizer puts `<s>` before a text."""
    import transformers

    tokenizer = bytes_tokenizer(start="<s>")
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=96,
        initializer_range=0.4,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>").save_pretrained(folder)
    return folder


@cache
def opened(folder: Path) -> tuple[Any, Any]:
    """Tokenizer and model of a folder, by transformers alone."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return tokenizer, transformers.AutoModelForCausalLM.from_pretrained(folder).eval()


@cache
def by_hand(folder: Path, prompt: str, option: str) -> tuple[float, int]:
    """The log-likelihood of an option after its prompt, token after token by transformers alone; and its tokens."""
    tokenizer, model = opened(folder)
    whole, before = tokenizer(prompt + option)["input_ids"], len(tokenizer(prompt)["input_ids"]) if prompt else 0
    if before == 0:
        whole, before = ([0, *whole], 1) if whole[0] not in tokenizer.all_special_ids else (whole, 1)
    total = 0.0
    for at in range(before, len(whole)):
        with torch.inference_mode():
            total += model(torch.tensor([whole[:at]])).logits[0, -1].log_softmax(-1)[whole[at]].item()
    return total, len(whole) - before
