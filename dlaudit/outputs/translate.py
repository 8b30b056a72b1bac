"""The language in which an output speaks: English as it stands in the sources, or one file of translations.

GNU gettext: the English sentence is the key, `N_` marks it where it stands and `_` or `ngettext` looks it up when it is
said. Which language is spoken belongs to the rendering, not to the process: it is set by `speaking`, and English costs
one look at a variable. Slots are written `{so}` in every language.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from dlaudit.marking import N_ as N_
from dlaudit.marking import NN_ as NN_
from dlaudit.marking import Plural as Plural


@dataclass(frozen=True)
class Translation:
    """One language: its sentences by the English ones."""

    code: str
    """As HTML names it: `de`, `pt-BR`."""
    texts: Mapping[str, str]
    """English sentence to the sentence."""
    plurals: Mapping[str, tuple[str, ...]]
    """English sentence for one thing to the language's forms."""
    form_for: Callable[[int], int]
    """A number to the place of its form: the rule of the file's header."""
    missing: dict[str, None] = field(default_factory=dict)
    """English sentences that were wanted and are not in the file, in the order in which they were said."""

    def text(self, message: str) -> str:
        """The sentence; the English one where there is none, which is noted."""
        found = self.texts.get(message)
        if found is None:
            self.missing[message] = None
            return message
        return found

    def plural(self, one: str, many: str, number: float) -> str:
        """The form that goes with the number."""
        forms = self.plurals.get(one)
        if forms is None:
            self.missing[one] = None
            return one if number == 1 else many
        return forms[min(self.form_for(round(number)), len(forms) - 1)]


_SPOKEN: ContextVar[Translation | None] = ContextVar("spoken", default=None)


def _(message: str) -> str:
    """The sentence in the language that is spoken."""
    spoken = _SPOKEN.get()
    return message if spoken is None or not message else spoken.text(message)


def ngettext(one: str, many: str, number: float) -> str:
    """The sentence for that number of things in the language that is spoken."""
    spoken = _SPOKEN.get()
    if spoken is None:
        return one if number == 1 else many
    return spoken.plural(one, many, number)


def is_english() -> bool:
    """Whether no file of translations is in use."""
    return _SPOKEN.get() is None


def language_code() -> str:
    """The language that is spoken, as HTML names it."""
    spoken = _SPOKEN.get()
    return spoken.code if spoken else "en"


@contextmanager
def speaking(translation: Translation | None) -> Iterator[None]:
    """Say everything inside in that language; in English where there is none."""
    token = _SPOKEN.set(translation)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


class Words(dict[str, str]):
    """Marked words by key, each translated when it is taken out."""

    def __getitem__(self, key: str) -> str:
        return _(super().__getitem__(key))

    def get(self, key: str, otherwise: Any = None) -> Any:
        """The word in the language that is spoken, or `otherwise`."""
        found = super().get(key)
        return otherwise if found is None else _(found)

    def items(self) -> Any:
        """Keys with their words in the language that is spoken."""
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        """The words in the language that is spoken."""
        return [self[key] for key in self]
