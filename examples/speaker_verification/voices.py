"""Voices of eSpeak NG, through ctypes: sentences spoken by rules, by voices that differ in their parameters.

The library comes from the package `espeakng-loader`, or from Debian's `espeak-ng`. It is GPL-3 and used only here,
while the example makes its clips.
"""

import ctypes
import ctypes.util
import importlib.util
from pathlib import Path

import numpy as np

SENTENCES = (
    "The north wind and the sun were disputing which was the stronger",
    "When a traveller came along wrapped in a warm cloak",
    "They agreed that the one who first made him take it off was right",
)
"""From a fable by Aesop that phoneticians read aloud in every language."""
FEMALE = (
    "f1", "f2", "f3", "f4", "f5", "Alicia", "Andrea", "Annie", "anika", "aunty", "belinda", "linda", "steph", "steph2",
    "steph3", "grandma",
)  # fmt: skip
MALE = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Andy", "Denis", "Diogo", "Henrique", "Hugo", "Lee", "Marco",
    "adam", "antonio", "michel", "miguel", "sandro", "travis", "victor", "david", "edward",
)  # fmt: skip
"""Variants of eSpeak NG: voices that its authors mean to be a woman's or a man's."""
_RETRIEVAL, _UTF8, _RATE, _PITCH = 1, 1, 1, 3
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Synthesiser:
    """eSpeak NG; one at a time in a process."""

    def __init__(self) -> None:
        self._library, data = _found()
        self.rate = int(self._library.espeak_Initialize(_RETRIEVAL, 0, data, 0))
        """Samples a second."""
        if self.rate <= 0:
            raise SystemExit("eSpeak NG does not start: is its data folder there?")
        self._parts: list[np.ndarray] = []
        self._callback = _CALLBACK(self._take)  # kept, or it would be freed while the library calls it
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, sentence: str, voice: str, *, words_a_minute: int, pitch: int) -> np.ndarray:
        """The sentence as samples, -1 to 1."""
        if self._library.espeak_SetVoiceByName(f"en-us+{voice}".encode()) != 0:
            raise SystemExit(f"eSpeak NG has no voice {voice}")
        self._library.espeak_SetParameter(_RATE, words_a_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._parts.clear()
        text = sentence.encode() + b"\0"
        self._library.espeak_Synth(text, len(text), 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._parts) / 2**15

    def _take(self, samples: object, count: int, events: object) -> int:
        if samples and count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0


def _found() -> tuple[ctypes.CDLL, bytes | None]:
    """The library, and its data folder where it does not know it itself."""
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0])
        return _declared(ctypes.CDLL(str(folder / "libespeak-ng.so"))), str(folder / "espeak-ng-data").encode()
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        raise SystemExit("this example needs eSpeak NG: pip install espeakng-loader, or apt install libespeak-ng1")
    return _declared(ctypes.CDLL(name)), None


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    size, number, pointer = ctypes.c_size_t, ctypes.c_uint, ctypes.c_void_p
    library.espeak_Synth.argtypes = [ctypes.c_char_p, size, number, ctypes.c_int, number, number, pointer, pointer]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    return library
