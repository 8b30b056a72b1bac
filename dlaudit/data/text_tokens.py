"""Tokens: a `tokenizer.json` of the tokenizers library, read as data, with its special tokens and its limit."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlaudit.data.plain_file import TooLargeError, read_plain
from dlaudit.data.text_coded import Coded, TokenizerFault, coded
from dlaudit.data.text_screen import why_refused
from dlaudit.errors import Place, UsageError, listed, shown
from dlaudit.spec import TextInput

LARGEST = 64 * 2**20
"""Bytes of a tokenizer.json at most; those of large vocabularies have about 35 million."""
LARGEST_CONFIG = 2**20
"""Bytes of a config.json at most."""
BESIDE = ("config.json", "special_tokens_map.json", "tokenizer_config.json")
"""Files beside a tokenizer.json that say more of it."""
FAR = 1_000_000
"""Limits of length from here on mean none; files write 10^30."""
LONGEST = 2_048
"""Tokens of a text at most where nothing says how many the model takes."""
_MASKS, _PADS = ("[MASK]", "<mask>"), ("[PAD]", "<pad>", "<|endoftext|>", "</s>")
_UNKNOWN = ("[UNK]", "<unk>")
_STARTS = ("<s>", "<|endoftext|>", "<|begin_of_text|>", "</s>")
_OFFSET = {"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "longformer", "mpnet"}
"""Kinds of model that number positions from the padding code on, and so take fewer tokens than they have positions."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """How texts become codes."""

    tokenizer: Any
    """A `tokenizers.Tokenizer` that neither cuts nor pads by itself."""
    path: str
    """Where it was read."""
    pad: int
    """Code of padding."""
    blanks: tuple[tuple[float, str], ...]
    """Codes that may stand for a word that is taken away, with their tokens for readers: the one used, and another."""
    special: bool
    """Whether special tokens are put around a text."""
    limit: int | None
    """Tokens that the model takes at most; None where nothing says so."""
    start: int | None = None
    """Code of the token that texts begin with, or of the one between texts; None where nothing says so."""

    def encodings(self, texts: list[str], pairs: list[str] | None, most: int) -> list[Coded]:
        """Every text (or pair of texts) as tokens, cut after `most` of them; `overflowing` says so.

        Raises:
            UsageError: The tokenizer cannot encode a text (DLA103).
        """
        given = texts if pairs is None else list(zip(texts, pairs, strict=True))
        try:
            return coded(self.tokenizer, given, most, special=self.special)
        except TokenizerFault as fault:
            raise _unreadable(Path(self.path), f"it cannot encode a text: {fault}") from fault


def read_tokens(asked: TextInput, folder: str | None, *, pads: bool = True) -> Tokens:
    """The tokenizer that the configuration names, or that of a Hugging Face folder.

    A tokenizer.json is data: reading it runs no code.

    Args:
        asked: Which tokenizer, and its special tokens.
        folder: Folder of the model; None for a file.
        pads: Whether the model sees padding, so that its code has to be known; else it is 0 where it is not.

    Raises:
        UsageError: There is none (DLA111), it cannot be read (DLA103), its padding is not known or a token that the
            configuration names is not in it (DLA107), or the tokenizers library is not installed (DLA706).
    """
    path = Path(asked.tokenizer) if asked.tokenizer is not None else _beside(folder)
    try:
        from tokenizers import Tokenizer
    except ImportError as absent:
        raise UsageError(
            "DLA706",
            "texts need the package tokenizers, which is not installed",
            fix="Install it: pip install 'dlaudit[text]'.",
        ) from absent
    written = _text_of(path, LARGEST)
    refused = why_refused(written)
    if refused is not None:
        raise _unreadable(path, refused)
    try:
        tokenizer = Tokenizer.from_str(written)
    except Exception as broken:  # the library raises bare Exceptions
        raise _unreadable(path, str(broken)) from broken
    about = _about(path.parent) | (_about(Path(folder)) if folder is not None else {})
    limit = _limit(tokenizer, about)
    known = Special(tokenizer=tokenizer, about=about, asked=asked, path=path)
    pad = known.pad(required=pads)
    blanks = known.blanks(pad)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Tokens(
        tokenizer=tokenizer,
        path=str(path),
        pad=pad,
        blanks=blanks,
        special=asked.special,
        limit=limit,
        start=known.start(),
    )


@dataclass(frozen=True, kw_only=True)
class Special:
    """What is known of special tokens."""

    tokenizer: Any
    about: dict[str, Any]
    """What the files beside the tokenizer say."""
    asked: TextInput
    path: Path

    def pad(self, *, required: bool = True) -> int:
        """Code of padding: as configured, as the tokenizer or its folder says, or a token that is usually it.

        Raises:
            UsageError: None is known (DLA107).
        """
        if self.asked.pad is not None:
            return self._named(self.asked.pad, "pad")
        if self.tokenizer.padding is not None:
            return int(self.tokenizer.padding["pad_id"])
        own = self._first(_text_in(self.about.get("pad_token")), *_PADS)
        if own is not None:
            return own[0]
        if isinstance(self.about.get("pad_token_id"), int):
            return int(self.about["pad_token_id"])
        if not required:
            return 0
        raise UsageError(
            "DLA107",
            "which token is padding is not known",
            place=Place(file=str(self.path)),
            fix='Name it: [input.text] pad = "[PAD]".',
        )

    def start(self) -> int | None:
        """Code of the beginning of a text, or of the end of one, which stands between the texts of training."""
        names = (_text_in(self.about.get(name)) for name in ("bos_token", "eos_token"))
        found = self._first(*names, *_STARTS)
        codes = [
            found[0] if found is not None else None,
            *(self.about.get(f"{one}_token_id") for one in ("bos", "eos")),
        ]
        known = self.tokenizer.get_vocab_size()
        return next((one for one in codes if isinstance(one, int) and 0 <= one < known), None)

    def blanks(self, pad: int) -> tuple[tuple[float, str], ...]:
        """Codes that stand for an absent word: the one asked for or the mask token, then padding or the unknown one."""
        own = self._first(_text_in(self.about.get("mask_token")), *_MASKS)
        if self.asked.blank is not None:
            own = self._named(self.asked.blank, "blank"), self.asked.blank
        padding = pad, self.tokenizer.id_to_token(pad) or "padding"
        unknown = self._first(_text_in(self.about.get("unk_token")), *_UNKNOWN)
        # where positions are numbered from padding on, padding in a text would move all that comes after it
        others = (unknown, padding) if self.about.get("model_type") in _OFFSET else (padding, unknown)
        found = [one for one in (own, *others) if one is not None]
        return tuple((float(code), name) for code, name in dict.fromkeys(found))[:2]

    def _first(self, *names: str | None) -> tuple[int, str] | None:
        codes = ((self.tokenizer.token_to_id(name), name) for name in names if name)
        return next(((int(code), name) for code, name in codes if code is not None), None)

    def _named(self, name: str, key: str) -> int:
        code = self.tokenizer.token_to_id(name)
        if code is None:
            raise UsageError(
                "DLA107",
                f"[input.text] {key} names {shown(name)}, which the tokenizer does not have",
                place=Place(file=str(self.path)),
                fix="Name a token of its vocabulary.",
            )
        return int(code)


def _beside(folder: str | None) -> Path:
    if folder is None:
        raise UsageError(
            "DLA107",
            "how texts become tokens is not given",
            fix='Name the file: [input.text] tokenizer = "tokenizer.json"; or encode in `preprocess` of a code file.',
        )
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        there = sorted(one.name for one in Path(folder).iterdir())
        raise UsageError(
            "DLA111",
            f"the model's folder has no tokenizer.json; it holds {listed(there, most=12)}",
            place=Place(file=str(folder)),
            fix="Write it with transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER); or name "
            "one: [input.text] tokenizer = FILE.",
        )
    return path


def _text_of(path: Path, most: int) -> str:
    try:
        return read_plain(path, most).decode("utf-8")
    except TooLargeError as large:
        raise _unreadable(path, str(large)) from large
    except UnicodeDecodeError as broken:
        raise _unreadable(path, "it is no UTF-8") from broken
    except OSError as missing:
        raise UsageError(
            "DLA111", "the tokenizer cannot be read", place=Place(file=str(path)), fix="Correct [input.text] tokenizer."
        ) from missing


def _about(folder: Path) -> dict[str, Any]:
    """What the JSON files beside a tokenizer say of it; those that are absent or unusual say nothing."""
    found: dict[str, Any] = {}
    for name in BESIDE:
        try:
            written = json.loads(read_plain(folder / name, LARGEST_CONFIG).decode("utf-8"))
        except (OSError, TooLargeError, ValueError, RecursionError):
            continue  # it only adds to what the tokenizer itself says; the model's own loader refuses a broken config
        found |= written if isinstance(written, dict) else {}
    return found


def _text_in(written: Any) -> str | None:
    """The token in a special token as files write it: a text, or an object with `content`."""
    content = written.get("content") if isinstance(written, dict) else written
    return content if isinstance(content, str) else None


def _limit(tokenizer: Any, about: dict[str, Any]) -> int | None:
    """The fewest tokens that the model, its tokenizer's settings or the tokenizer itself allow."""
    known = [about.get("model_max_length"), (tokenizer.truncation or {}).get("max_length")]
    places = about.get("max_position_embeddings", about.get("n_positions"))
    if isinstance(places, int) and about.get("model_type") in _OFFSET:
        padding = about.get("pad_token_id")
        places -= 1 + (padding if isinstance(padding, int) else 1)
    limits = [int(one) for one in [*known, places] if isinstance(one, int | float) and 0 < one < FAR]
    return min(limits) if limits else None


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        "DLA103",
        f"the tokenizer cannot be used: {shown(why, limit=160, quote=False)}",
        expected="a tokenizer.json of the tokenizers library",
        place=Place(file=str(path)),
        fix="Write it again with save_pretrained of transformers, or Tokenizer.save.",
    )
