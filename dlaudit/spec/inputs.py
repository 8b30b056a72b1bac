"""`[input.*]`: how rows become model inputs, a table for each kind of input."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dlaudit.spec.base import Positive, Section
from dlaudit.spec.choices import ChoicesInput as ChoicesInput
from dlaudit.spec.image_input import ImageInput as ImageInput

_LARGEST_ID = 2**53
"""Of a symbol; no embedding has so many rows."""
_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d\s]\S*)")
"""A number and a unit of time."""


class Standardize(Section):
    """`standardize = { from = "stats.json" }` or `{ mean = {...}, std = {...} }`."""

    from_: str | None = Field(default=None, alias="from")
    """A JSON file `{"mean": {column: number}, "std": {column: number}}`."""
    mean: dict[str, float] | None = None
    """Means by column."""
    std: dict[str, float] | None = None
    """Standard deviations by column."""

    @model_validator(mode="after")
    def _one_source(self) -> "Standardize":
        if (self.from_ is None) == (self.mean is None or self.std is None):
            raise ValueError("give either from, or both mean and std")
        return self


class TableInput(Section):
    """`[input.table]`: raw columns to a float32 matrix, in the order of `data.features`."""

    standardize: Standardize | None = None
    """(x - mean) / std for the columns named."""
    onehot: dict[str, list[str]] = {}
    """Column to its levels, in the model's order; each level becomes one input."""
    unseen: Literal["error", "ignore", "other"] = "error"
    """A level that is not listed: an error, all zeros, or the level `other`."""
    fill: dict[str, float] = {}
    """Column to the number that stands for a missing cell."""


class TextInput(Section):
    """`[input.text]`: texts to token ids [n, length]."""

    name: str = "input_ids"
    """Name of the input of ids, where the model has several."""
    tokenizer: str | None = None
    """A tokenizer.json; that of a Hugging Face folder where absent."""
    max_length: Positive | None = None
    """Tokens that a text is cut after; the model's own limit where absent."""
    truncate: Literal["report", "error"] = "report"
    """Whether a text that is too long is cut and counted by slice, or is an error."""
    mask: str | None = None
    """Name of the input of ones for tokens and zeros for padding; `attention_mask` of a Hugging Face model."""
    pad: str | None = None
    """Padding token, where the tokenizer does not say."""
    padding: Literal["auto", "longest", "max_length"] = "auto"
    """Length that texts are filled up to: that of the longest text of the data, or `max_length`. `auto` takes the
    longest where the model is given a mask, or `max_length` is not set."""
    blank: str | None = None
    """Token that stands for a word that is taken away in explanations; the tokenizer's mask token where absent, else
    padding."""
    special: bool = True
    """Whether the tokenizer puts its special tokens around a text, as [CLS] and [SEP]."""
    words: Annotated[int, Field(ge=2, le=512)] = 64
    """Words of a text that are players of an explanation; a longer text is cut into that many spans of words."""


class SequenceInput(Section):
    """`[input.sequence]`: series to float32 [n, time, channels], or characters and events to ids int64 [n, time].

    The rows are visits in a long table (`id`), lists in columns (`channels` alone), an array beside the table
    (`array`), or texts (`column`).
    """

    name: str = "sequence"
    """Name of the input, where the model has several."""
    id: str | None = None
    """Long tables: column that says whose visit a record is; the records of one id become one row. Everything but
    `order` and `channels` must be the same in all of them."""
    order: str | None = None
    """Long tables: column of times or numbers that visits are put in order by; the order of the file where absent."""
    ties: Literal["error", "keep"] = "error"
    """Long tables: whether two visits of one id at one time are an error, or keep the order of the file."""
    channels: list[str] = []
    """Columns of measurements: numbers in a long table, lists of numbers otherwise."""
    array: str | None = None
    """A .npy or .npz file with a number array [n, time] or [n, time, channels], in the order of the data's records."""
    key: str | None = None
    """Name of the array in an .npz file, where it holds several."""
    column: str | None = None
    """Column of texts that are sequences of symbols."""
    characters: str | None = None
    """The symbols in order, where each is one character."""
    vocabulary: str | None = None
    """A UTF-8 file with one symbol a line, in order."""
    separator: Annotated[str, Field(min_length=1)] | None = None
    """What stands between two symbols of a text; each character is a symbol where absent."""
    first: Annotated[int, Field(ge=0, le=_LARGEST_ID)] = 1
    """Id of the first symbol."""
    unknown: Literal["error", "drop"] | Annotated[int, Field(ge=0, le=_LARGEST_ID)] = "error"
    """What a symbol that is not listed becomes: an error, nothing, or this id; counted by slice."""
    max_length: Positive | None = None
    """Steps that the model takes: longer sequences are cut and counted by slice; the array's own where absent."""
    keep: Literal["first", "last"] = "last"
    """Which end of a sequence that is too long is kept."""
    align: Literal["start", "end"] = "start"
    """Where the first step of a shorter sequence stands: at the start, with padding behind, or so that the last one
    stands at the end."""
    pad: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """What stands where a sequence has no step."""
    layout: Literal["NTC", "NCT", "NT"] = "NTC"
    """Axes of the input: rows, time, channels; `NT` for one channel without an axis of its own. Ids are always NT."""
    lengths: bool | str = False
    """Whether the model takes the number of steps of each row, int64 [n], as its next input; or the input's name, if
    not `lengths`."""
    mask: bool | str = False
    """Whether the model takes a mask, bool [n, time], as its next input; or the input's name, if not `mask`."""
    mask_marks: Literal["steps", "padding"] = "steps"
    """What the mask is true for; PyTorch's `src_key_padding_mask` marks padding."""
    standardize: Standardize | None = None
    """(x - mean) / std for the channels named."""
    fill: Literal["forward"] | Annotated[float, Field(allow_inf_nan=False)] | None = None
    """What a missing measurement becomes: the one before it (`forward`; `pad` where there is none), or this number,
    before standardising; counted by slice. An error where absent."""
    windows: Positive = 8
    """Spans of time that are, by channel, the players of an explanation; each position of ids is one."""
    step: str | None = None
    """How far apart two steps are, as `1 h` or `0.02 s`: spans of time are then named in that unit, `0-6 h`; by the
    numbers of their steps where absent."""
    aligned: bool = True
    """Whether the same step means the same in every row, as hours since admission: only then are mean maps of slices
    compared step by step."""

    @property
    def apart(self) -> tuple[float, str] | None:
        """`step` as a number and its unit."""
        found = _STEP.fullmatch(self.step.strip()) if self.step is not None else None
        return (float(found[1]), found[2]) if found else None

    @model_validator(mode="after")
    def _one_form(self) -> "SequenceInput":
        if self.step is not None and (self.apart is None or self.apart[0] <= 0):
            raise ValueError("step is a number above 0 and a unit, as 1 h or 0.02 s")
        if sum((bool(self.channels), self.array is not None, self.column is not None)) != 1:
            raise ValueError("give one of channels (columns of numbers or lists), array (a file) or column (texts)")
        if self.id is not None and not self.channels:
            raise ValueError("id makes rows of visits: name their channels")
        if self.order is not None and self.id is None:
            raise ValueError("order sorts the visits of an id: name id, too")
        if self.array is None and self.max_length is None:
            raise ValueError("give max_length, the number of steps that the model takes")
        if self.lengths and self.mask:
            raise ValueError("give lengths or mask, not both: they say the same")
        return self

    @model_validator(mode="after")
    def _symbols(self) -> "SequenceInput":
        if (self.column is not None) != ((self.characters is not None) + (self.vocabulary is not None) == 1):
            raise ValueError("a column of texts needs either characters or vocabulary, nothing else does")
        if self.column is not None and (self.pad < 0 or self.pad != int(self.pad)):
            raise ValueError("pad is an id here: give a whole number of 0 or more")
        return self


class SoundFeatures(Section):
    """`features = { kind = "logmel", … }`: what the model is given of a clip."""

    kind: Literal["waveform", "logmel"] = "waveform"
    """Samples [n, samples], or log-mel spectrogram [n, bands, frames]."""
    n_mels: Annotated[int, Field(ge=2, le=512)] = 64
    """Mel bands."""
    n_fft: Annotated[int, Field(ge=16, le=65_536)] = 400
    """Samples of one window; a Hann window of `win` samples in its middle."""
    win: Positive | None = None
    """Samples of the Hann window; `n_fft` where absent."""
    hop: Positive = 160
    """Samples from one window to the next."""
    f_min: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Lowest frequency in Hz."""
    f_max: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Highest frequency in Hz; half the sample rate where absent."""
    mel: Literal["htk", "slaney"] = "htk"
    """Formula of the mel scale; `slaney` is linear below 1 kHz, as librosa and Whisper have it."""
    norm: Literal["none", "slaney"] = "none"
    """Whether each band is divided by its width."""
    power: Literal[1, 2] = 2
    """Magnitude, or power."""
    log: Literal["natural", "log10", "db", "none"] = "natural"
    """Logarithm of the bands; `db` is ten times log10 of power."""
    floor: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-6
    """Added before `natural` and `log10`; the least value under `db`."""
    center: bool = True
    """Whether windows are centred on their frame, with the clip mirrored at its ends, as torch.stft does by default."""
    mean: float = 0.0
    """Subtracted afterwards."""
    std: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """What is then divided by."""
    axes: Literal["mel-time", "time-mel"] = "mel-time"
    """Order of the last two axes."""


class AudioInput(Section):
    """`[input.audio]`: sound files to a waveform or a log-mel spectrogram."""

    name: str = "audio"
    """Name of the input, where the model has several."""
    sample_rate: Positive = 16_000
    """Samples a second; other rates are resampled, and counted by slice."""
    rate: Literal["resample", "error"] = "resample"
    """What a clip of another rate becomes."""
    mono: bool = True
    """Whether the channels of a clip are averaged, which is counted by slice; else it must have one."""
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Length that every clip is cut or padded to."""
    keep: Literal["start", "middle", "end"] = "start"
    """Which part of a longer clip is kept; counted by slice."""
    short: Literal["pad", "centre", "repeat", "error"] = "pad"
    """What a shorter clip becomes: silence behind it, silence on both sides, itself repeated, or an error."""
    level: Literal["keep", "peak", "rms"] = "keep"
    """Whether loudness is made equal: the largest sample to 1, or the root mean square to 0.1."""
    max_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    """Refuse longer clips before they are decoded."""
    max_bytes: Positive = 64 * 2**20
    """Refuse larger files."""
    formats: list[Literal["wav", "flac", "ogg", "mp3", "aiff"]] = ["wav", "flac"]
    """Kinds of file that are decoded, told by content."""
    channel_axis: bool = False
    """Whether the input has an axis of length 1 for the channel, [n, 1, …]."""
    features: SoundFeatures = SoundFeatures()
    """Waveform or spectrogram."""
    grid: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [4, 8]
    """Mel bands and spans of time that are the players of an explanation; of a waveform only spans of time."""
    aligned: bool = False
    """Whether the same moment means the same in every clip."""


class InputSpec(Section):
    """`[input.*]`: how rows become inputs."""

    table: TableInput | None = None
    """Table input."""
    image: ImageInput | None = None
    """Image input."""
    text: TextInput | None = None
    """Text input."""
    sequence: SequenceInput | None = None
    """Sequence input."""
    audio: AudioInput | None = None
    """Audio input."""
    choices: ChoicesInput | None = None
    """Options that a language model chooses among."""
