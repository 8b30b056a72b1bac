"""Audio: sound files to a waveform or a log-mel spectrogram, by declared rules and limits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dlaudit.data.audio_decode import decoded, extras
from dlaudit.data.audio_faults import ClipFault
from dlaudit.data.audio_mel import MelSpectrum, mel_spectrum
from dlaudit.data.audio_players import SHOWN, Extent, clip_grid
from dlaudit.data.audio_waves import brought, samples_of
from dlaudit.data.encoded import Encoded, Inputs, Unadorned
from dlaudit.data.grid import Grid
from dlaudit.data.media_files import MediaFolder, NoFileError, check_files, files_of, names_of, outside
from dlaudit.data.modalities import MODALITIES, Making, Modality
from dlaudit.data.showing import Showing
from dlaudit.data.shown_sound import sound_shown
from dlaudit.errors import UsageError, shown
from dlaudit.record import Content
from dlaudit.spec import AudioInput, AuditSpec
from dlaudit.tensors import tensor_table

if TYPE_CHECKING:
    from dlaudit.data.raw import RawTable

BYTES_AT_ONCE = 1 << 26
"""Of the clips that are decoded at once."""
MOST_AT_ONCE = 1_024
THREADS = 4
"""Threads that decode at most; libsndfile and soxr let others run."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One clip as the model takes it."""

    values: np.ndarray[Any, Any]
    """Samples, or bands by frames."""
    done: tuple[str, ...]
    """What was done to it."""
    digest: int
    """Of the file's bytes."""


@dataclass(frozen=True, kw_only=True)
class AudioInputs(Unadorned):
    """A column of sound files."""

    folder: MediaFolder
    """Where the files lie, and the column that names them."""
    asked: AudioInput
    """How they are decoded."""
    spectrum: MelSpectrum | None
    """How samples become bands; None for waveforms."""
    rejects: bool
    """Whether rows with a fault are left out and counted, rather than refused."""
    modality = "audio"

    @property
    def columns(self) -> list[str]:
        """The column of file names."""
        return [self.folder.column]

    @property
    def at_once(self) -> int:
        """Fewer for longer clips."""
        return int(max(1, min(MOST_AT_ONCE, BYTES_AT_ONCE // (4 * int(np.prod(self._shape))))))

    def encode(self, columns: dict[str, pa.Array], first_row: int, file: "RawTable") -> Encoded:
        """The clips of those rows, what was done to them on the way, and which rows cannot be used.

        Raises:
            DataRefused: A name leads outside the folder (DLA340); or a clip cannot be used (DLA341, DLA342, DLA344,
                DLA348) and such rows are not left out.
        """
        names = names_of(columns[self.folder.column])
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(self._tried, names))
        values = np.zeros((len(names), *self._shape), dtype=np.float32)
        bad: dict[str, np.ndarray[Any, Any]] = {}
        altered: dict[str, np.ndarray[Any, Any]] = {}
        for at, one in enumerate(found):
            if isinstance(one, Heard):
                values[at] = one.values
                for what in one.done:
                    altered.setdefault(what, np.zeros(len(names), dtype=bool))[at] = True
                continue
            place = file.place(first_row + at, self.folder.column) if self._ends(one) else None
            if isinstance(one, ValueError):
                assert place is not None
                raise outside(self.folder, place, names[at], one) from one
            if place is not None:
                raise one.told(place, shown(names[at], limit=80)) from one
            bad.setdefault(one.reason, np.zeros(len(names), dtype=bool))[at] = True
        digests = np.array([one.digest if isinstance(one, Heard) else 0 for one in found], dtype=np.uint64)
        return Encoded(inputs=tensor_table({self.asked.name: values}), bad=bad, altered=altered, digest=digests)

    @property
    def grids(self) -> list[Grid]:
        """Spans of time by bands."""
        return [clip_grid(self.asked, self._extent, (self.asked.grid[0], self.asked.grid[1]))]

    @property
    def maps(self) -> list[Grid]:
        """Frames by bands, or short spans of them."""
        return [clip_grid(self.asked, self._extent, SHOWN)]

    def files(self, file: "RawTable") -> Iterator[str]:
        """The sound files that rows name."""
        return files_of(self.folder, file)

    def preview(self, columns: dict[str, pa.Array], how: Showing) -> list[Content]:
        """The sounds as the model is given them, before any spectrogram; those that cannot be decoded are told."""
        return [
            self._shown(name, how.on(at, self.grids[0]), how)
            for at, name in enumerate(names_of(columns[self.folder.column]))
        ]

    def _shown(self, name: str, moved: list[float], how: Showing) -> Content:
        try:
            wave = brought(decoded(self._read(name), self.asked), self.asked)
        except (ClipFault, ValueError) as fault:
            return Content(failed=[f"the sound cannot be shown: {fault}"])
        return sound_shown(wave.samples, self.asked, self.folder.column, moved, how)

    def _ends(self, fault: ClipFault | ValueError) -> bool:
        return isinstance(fault, ValueError) or not self.rejects

    def _tried(self, name: str) -> Heard | ClipFault | ValueError:
        try:
            return self._heard(name)
        except (ClipFault, ValueError) as fault:
            return fault

    def _heard(self, name: str) -> Heard:
        data = self._read(name)
        wave = brought(decoded(data, self.asked), self.asked)
        values = wave.samples
        if self.spectrum is not None and np.isfinite(values).all():
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
                values = self.spectrum.of(values)
            values = values if self.asked.features.axes == "mel-time" else values.T
        if not np.isfinite(values).all():
            raise ClipFault(
                "DLA348",
                "the samples are so large that what the model takes of them is not finite",
                expected="samples of about -1 to 1",
                fix="Divide the samples by the largest one and write the file again.",
            )
        return Heard(values=values.reshape(self._shape), done=wave.done, digest=digest_of(data))

    def _read(self, name: str) -> bytes:
        try:
            if not name:
                raise NoFileError("no file is named")
            return self.folder.read(name, self.asked.max_bytes)
        except NoFileError as error:
            raise ClipFault("DLA341", f"the file is missing: {error}", fix="Fetch it, or correct data.root.") from error

    @property
    def _extent(self) -> Extent:
        samples = samples_of(self.asked)
        if self.spectrum is None:
            return Extent(time=samples, bands=None)
        return Extent(time=self.spectrum.frames(samples), bands=self.asked.features.n_mels)

    @property
    def _shape(self) -> tuple[int, ...]:
        extent = self._extent
        own: tuple[int, ...] = (extent.time,)
        if extent.bands is not None:
            across = self.asked.features.axes == "mel-time"
            own = (extent.bands, extent.time) if across else (extent.time, extent.bands)
        return (1, *own) if self.asked.channel_axis else own


def audio_columns(spec: AuditSpec) -> list[str] | None:
    """The column of sound files.

    Raises:
        UsageError: `[input.audio]` is given and no column (DLA107).
    """
    if spec.input.audio is not None and spec.data.audio is None:
        raise UsageError(
            "DLA107",
            "[input.audio] is given, and no column of sound files",
            fix="Name the column: [data] audio.",
        )
    return [spec.data.audio] if spec.data.audio is not None else None


def audio_inputs(making: Making) -> Inputs:
    """Sound files as inputs; every file is looked up before one is decoded.

    Raises:
        UsageError: `[input.audio]` cannot be used, or the user's own code encodes rows, too (DLA107); or soundfile
            and soxr are not installed (DLA706).
        DataRefused: A name leads outside the folder (DLA340), or files are missing (DLA341).
    """
    spec, raw = making.spec, making.raw
    if making.has_preprocess:
        raise UsageError(
            "DLA107",
            "both data.audio and the code's preprocess say how rows become inputs",
            fix="Remove one of them.",
        )
    extras()
    asked, rejects = spec.input.audio or AudioInput(), spec.data.on_bad == "reject"
    spectrum = _spectrum(asked)
    folder = MediaFolder.of(spec.data.root, making.features[0], raw)
    check_files(folder, raw, missing_allowed=rejects)
    return AudioInputs(folder=folder, asked=asked, spectrum=spectrum, rejects=rejects)


def _spectrum(asked: AudioInput) -> MelSpectrum | None:
    if asked.features.kind == "waveform":
        return None
    try:
        made = mel_spectrum(asked.features, asked.sample_rate)
        if samples_of(asked) <= made.asked.n_fft:
            raise ValueError(f"a clip has {samples_of(asked)} samples and a window {made.asked.n_fft}")
    except ValueError as error:
        raise UsageError(
            "DLA107",
            f"[input.audio] features cannot be used: {error}",
            fix="Give the numbers that the model was trained with.",
        ) from error
    return made


def digest_of(data: bytes) -> int:
    """64 bits of the bytes' SHA-256, to tell repeated files."""
    from hashlib import sha256

    return int.from_bytes(sha256(data).digest()[:8], "big")


MODALITIES.add("audio", Modality(columns=audio_columns, make=audio_inputs, rows_are="recordings"))
