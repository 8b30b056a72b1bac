"""What kind of image a file is: told by its first bytes, never by its name."""

from dlaudit.data.image_faults import ImageFault
from dlaudit.errors import listed

_MARKS = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8\xff"),
    ("gif", b"GIF87a"),
    ("gif", b"GIF89a"),
    ("tiff", b"II*\0"),
    ("tiff", b"MM\0*"),
    ("tiff", b"II+\0"),
    ("tiff", b"MM\0+"),
    ("bmp", b"BM"),
)
_OTHERS = (
    ("a Photoshop file", b"8BPS"),
    ("a PDF", b"%PDF"),
    ("PostScript", b"%!PS"),
    ("JPEG 2000", b"\0\0\0\x0cjP"),
    ("a DICOM file without its preamble", b"DICM"),
    ("a FITS file", b"SIMPLE  ="),
    ("a NumPy array", b"\x93NUMPY"),
    ("gzip", b"\x1f\x8b"),
    ("a zip archive", b"PK\x03\x04"),
)
_LFS = b"version https://git-lfs"


def kind_of_image(data: bytes, allowed: list[str]) -> str:
    """`png`, `jpeg`, …: the kind that the bytes begin as, one of `allowed`.

    Raises:
        ImageFault: There are no bytes, or they are a pointer of Git LFS (DLA342); or they are of another kind (DLA344).
    """
    if not data:
        raise ImageFault("DLA342", "the image file is empty", fix="Fetch it again.")
    if data.startswith(_LFS):
        raise ImageFault("DLA342", "this is a pointer of Git LFS, not the image", fix="Run `git lfs pull`.")
    kind = next((kind for kind, mark in _MARKS if data.startswith(mark)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    if kind is None or kind not in allowed:
        what = kind.upper() if kind is not None else _other(data)
        fix = f'Convert it, or allow the kind: formats = [..., "{kind}"] in [input.image].' if kind else "Convert it."
        raise ImageFault("DLA344", f"the content is {what}", expected=f"one of {listed(allowed, quote=False)}", fix=fix)
    return kind


def _other(data: bytes) -> str:
    known = next((name for name, mark in _OTHERS if data.startswith(mark)), None)
    if known is not None:
        return known
    start = data[:256].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml")):
        return "a web page or SVG, which is text"
    if data[4:8] == b"ftyp":
        return "HEIC, AVIF or a film"
    if data[128:132] == b"DICM":
        return "a DICOM file"
    return "no kind of image that dlaudit knows"
