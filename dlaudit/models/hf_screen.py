"""What a Hugging Face folder may not hold: pipes, names of files elsewhere, and sizes that are no model's."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dlaudit.errors import ModelRefused, Place, shown
from dlaudit.models.model_file import open_regular, place_of

LARGEST_INDEX = 64 * 2**20
"""Bytes of an index of weights at most."""
MOST_LAYERS = 10_000
"""Of any kind; the deepest published models have some hundred."""
MOST_OUTPUTS = 100_000
MOST_TENSORS = 20_000
"""Of one file; those of the largest published models have some thousand."""
_LAYERS = ("layers", "n_layer", "depth", "depths", "num_blocks", "num_stages")


def check_entries(folder: Path, place: Place) -> None:
    """Nothing, if the folder holds only files and folders, and no adapter of a model that lies elsewhere.

    Raises:
        ModelRefused: DLA220, a pipe, a device or a socket, which would stall whoever reads it; DLA204, an adapter.
    """
    for path in sorted(folder.iterdir()):
        if path.exists() and not path.is_dir():
            open_regular(path).close()
        if path.name == "adapter_config.json":
            raise ModelRefused(
                "DLA204",
                "the folder holds an adapter (adapter_config.json), whose model lies elsewhere",
                expected="a whole model",
                place=place,
                fix="Merge them (merge_and_unload of peft) and save the whole model with save_pretrained.",
            )


def check_config(config: Mapping[str, Any], place: Place) -> None:
    """Nothing, if a config asks for no code of others and names sizes that a model may have.

    Raises:
        ModelRefused: DLA203, it names kernels of the hub, which are code; DLA204, weights are quantized; DLA207, it
            asks for more layers or outputs than any model has.
    """
    for key, value in _settings(config):
        if "implementation" in key and isinstance(value, str) and "/" in value:
            raise ModelRefused(
                "DLA203",
                f"config.json asks for code of others, {shown(key)} = {shown(value)}, which is not run",
                place=place,
                fix=f"Remove {shown(key)} from config.json.",
            )
        if key == "quantization_config" and value:
            raise ModelRefused(
                "DLA204",
                "the weights are quantized (quantization_config)",
                expected="weights of floating point",
                place=place,
                fix="Save the model without quantization, or give --code FILE.py with load_model.",
            )
        most = MOST_OUTPUTS if key == "num_labels" else MOST_LAYERS if key.endswith(_LAYERS) else None
        if most is not None and _largest(value) > most:
            raise ModelRefused(
                "DLA207",
                f"config.json says {shown(key)} = {_largest(value):,}",
                expected=f"at most {most:,}",
                place=place,
                fix="Copy the folder again from where it was made.",
            )


def indexed(folder: Path) -> list[Path]:
    """The files of weights that indexes name and that are there, in order of their names.

    Raises:
        ModelRefused: DLA206, an index cannot be read, or names what is no file of the folder.
    """
    found: dict[str, None] = {}
    for path in sorted(folder.glob("*.index.json")):
        with open_regular(path) as file:
            written = file.read(LARGEST_INDEX + 1)
        try:
            names = list(dict(json.loads(written)["weight_map"]).values())
        except (ValueError, KeyError, TypeError, RecursionError) as broken:
            raise _bad_index(path, "it has no weight_map") from broken
        for name in dict.fromkeys(map(str, names)):
            if Path(name).name != name or name == ".." or "\\" in name:
                raise _bad_index(path, f"it names {shown(name)}, which is no file of the folder")
            found[name] = None
    return [folder / name for name in sorted(found) if (folder / name).is_file()]


def check_count(tensors: int, place: Place) -> None:
    """Nothing, if a file holds no more tensors than a model has.

    Raises:
        ModelRefused: DLA207, it holds more.
    """
    if tensors > MOST_TENSORS:
        raise ModelRefused(
            "DLA207",
            f"the file holds {tensors:,} tensors",
            expected=f"at most {MOST_TENSORS:,}",
            place=place,
            fix="Check that it is the model; if it is as meant, save it in several files.",
        )


def _settings(held: Any) -> Iterator[tuple[str, Any]]:
    """Every key of an object and of those within, with its value."""
    if isinstance(held, Mapping):
        for key, value in held.items():
            yield str(key), value
            yield from _settings(value)


def _largest(value: Any) -> int:
    several = value if isinstance(value, list) else [value]
    return max((one for one in several if isinstance(one, int) and not isinstance(one, bool)), default=0)


def _bad_index(path: Path, why: str) -> ModelRefused:
    return ModelRefused(
        "DLA206",
        f"the index of weights cannot be used: {why}",
        expected="names of files of the same folder",
        place=place_of(path),
        fix="Copy the folder again, or save the model again with save_pretrained.",
    )
