"""What a model file is, told by its content and never by its name. Nothing in it is unpickled or run; no torch."""

import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dlaudit.models.model_file import open_regular

HEAD = 4096
"""Bytes looked at from the start of a file."""
MAX_SAFETENSORS_HEADER = 100_000_000
"""The format's own limit, in bytes."""
_LEGACY_MAGIC = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""The pickled integer 0x1950a86a20f9469cfc6c that torch.save wrote first before torch 1.6."""
_MAGIC = {b"\x89HDF\r\n\x1a\n": "hdf5", b"GGUF": "gguf"}


@dataclass(frozen=True, kw_only=True)
class Sniffed:
    """What a file is."""

    kind: str
    """One of the kinds of `dlaudit.models.formats`, as `pt2`, `torch_zip`, `html`."""
    size: int
    """Bytes."""
    detail: str = ""
    """What more can be said of it, as a clause; may be empty."""


def sniff(path: Path | str) -> Sniffed:
    """What the file or folder at `path` is, by its content.

    Raises:
        UsageError: DLA111, there is no such file.
        ModelRefused: DLA220, neither a regular file nor a Hugging Face folder.
    """
    path = Path(path)
    if path.is_dir() and _is_hf_folder(path):
        return Sniffed(kind="hf_folder", size=sum(p.stat().st_size for p in path.iterdir() if p.is_file()))
    with open_regular(path) as file:
        return sniff_stream(file)


def sniff_stream(file: BinaryIO) -> Sniffed:
    """What an open file is; its position is left anywhere."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(HEAD)
    kind, detail = _of_zip(file) if head.startswith(b"PK\x03\x04") else _of_head(head, size)
    return Sniffed(kind=kind, size=size, detail=detail)


def _is_hf_folder(path: Path) -> bool:
    names = {p.name for p in path.iterdir()}
    return "config.json" in names and any(n.endswith((".safetensors", ".bin", ".index.json")) for n in names)


def _of_head(head: bytes, size: int) -> tuple[str, str]:
    """Kind and detail of a file that is no zip."""
    if size == 0:
        return "empty", ""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind, ""
    if head[:1] == b"\x80" and head[2:].startswith(_LEGACY_MAGIC):
        return "torch_legacy", "written by torch.save before torch 1.6, or with the old format asked for"
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        return "pickle", f"protocol {head[1]}"
    if _is_safetensors(head, size):
        return "safetensors", ""
    if head[:1] == b"\x08" and len(head) > 2 and 0 < head[1] <= 0x20 and head[2] in b"\x12\x1a\x22\x3a":
        return "onnx", f"IR version {head[1]}"
    return _of_text(head)


def _is_safetensors(head: bytes, size: int) -> bool:
    """Whether it starts as a safetensors file does: the header's length, then a JSON object."""
    if len(head) < 9 or head[8:9] != b"{":
        return False
    # a length that is too large is still a safetensors file, only a bad one: the loader says so (DLA208)
    (length,) = struct.unpack("<Q", head[:8])
    return int(length) < size + MAX_SAFETENSORS_HEADER or head[8:10] == b'{"'


def _of_text(head: bytes) -> tuple[str, str]:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html", "a web page, perhaps a sign-in or an error page that was saved as the model"
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        return "lfs_pointer", ""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as stop:
        if stop.start < len(head) - 4:
            return "unknown", ""
        text = head[: stop.start].decode("utf-8")
    if all(c.isprintable() or c in "\t\r\n" for c in text):
        return "text", "JSON" if _is_json(text) else ""
    return "unknown", ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _of_zip(file: BinaryIO) -> tuple[str, str]:
    """Kind and detail of a zip archive, by the names of its entries."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            return _of_names(archive, names)
    except (zipfile.BadZipFile, struct.error, ValueError, OverflowError, EOFError, NotImplementedError, OSError):
        return "truncated_zip", "a zip archive whose directory, at the end, is missing or damaged"


def _of_names(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    if "serialized_exported_program.json" in names:
        return "zip_other", "an export written by torch 2.7 or older"
    if "model.weights.h5" in names and "config.json" in names:
        return "keras", ""
    roots = {name.split("/", 1)[0] for name in names}
    if len(roots) != 1:
        return "zip_other", f"an archive of {len(names)} files"
    (root,) = roots
    inner = {name[len(root) + 1 :] for name in names}
    return _of_inner(archive, root, inner)


def _of_inner(archive: zipfile.ZipFile, root: str, inner: set[str]) -> tuple[str, str]:
    if "archive_format" in inner:
        with archive.open(f"{root}/archive_format") as entry:
            written = entry.read(16).strip()
        if written != b"pt2":
            return "zip_other", "an archive of an unknown format"
        compiled = any(name.startswith("data/aotinductor/") for name in inner)
        return ("pt2_aoti", "machine code") if compiled else ("pt2", "")
    if ".data/extern_modules" in inner:
        return "torch_package", ""
    if "constants.pkl" in inner and any(name.startswith("code/") for name in inner):
        return "torchscript", "traced" if "traced_inputs.pkl" in inner else "scripted"
    if "data.pkl" in inner:
        return "torch_zip", ""
    return "zip_other", f"an archive of {len(inner)} files"
