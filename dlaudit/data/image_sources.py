"""Where pictures come from: files that rows name, or one array that rows number."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dlaudit.data.image_decode import Picture, decode, most_bytes, picture_of
from dlaudit.data.image_faults import ImageFault
from dlaudit.data.image_modes import DEEP, scaled_down
from dlaudit.data.media_files import MediaFolder, NoFileError, files_of, outside
from dlaudit.errors import DataRefused, Place, shown
from dlaudit.spec import ImageInput

if TYPE_CHECKING:
    from PIL.Image import Image

    from dlaudit.data.raw import RawTable

_CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}


class Source(Protocol):
    """Pictures by what a cell says. Both methods are called inside `pillow`, from several threads."""

    def picture(self, cell: str) -> tuple[Picture, int]:
        """The picture of a cell, and a digest of what was stored: equal for copies.

        Raises:
            ImageFault: It cannot be used.
            ValueError: The cell names a file outside the folder.
        """
        ...

    def files(self, raw: "RawTable") -> Iterator[str]:
        """Paths of the files that pictures are read from."""
        ...

    def refusal(self, fault: ImageFault | ValueError, cell: str, place: Place) -> DataRefused:
        """What `picture` raised for a cell, as a refusal of the data."""
        ...


@dataclass(frozen=True, kw_only=True)
class FilePictures:
    """Pictures of files below a folder."""

    folder: MediaFolder
    """The folder."""
    asked: ImageInput
    """How they are decoded."""

    def picture(self, cell: str) -> tuple[Picture, int]:
        """The picture in that file."""
        try:
            data = self.folder.read(cell, most_bytes(self.asked)) if cell else b""
        except NoFileError as error:
            raise ImageFault("DLA341", f"the image is missing ({error})", fix="Fetch it.") from error
        if not cell:
            raise ImageFault("DLA341", "no image is named", fix="Name one.")
        return decode(data, self.asked), digest(data)

    def files(self, raw: "RawTable") -> Iterator[str]:
        """The files that rows name."""
        return files_of(self.folder, raw)

    def refusal(self, fault: ImageFault | ValueError, cell: str, place: Place) -> DataRefused:
        """The fault with the file's name; a ValueError is a name that leads outside the folder."""
        if isinstance(fault, ImageFault):
            return fault.told(place, shown(cell, limit=80))
        return outside(self.folder, place, cell, fault)


@dataclass(frozen=True, kw_only=True)
class ArrayPictures:
    """Pictures of an array, mapped from its file: only those asked for are read."""

    pictures: "np.ndarray[Any, Any]"
    """uint8 or uint16, [n, height, width, channels]."""
    asked: ImageInput
    """How they are prepared."""

    @classmethod
    def of(cls, asked: ImageInput) -> "ArrayPictures":
        """The array of `input.image.array`.

        Raises:
            DataRefused: It is absent (DLA341), no NumPy array file or shorter than its header says (DLA342), or no
                array of pictures of whole numbers (DLA345); or its pictures are too large (DLA343).
        """
        path = str(asked.array)
        place = Place(file=path)
        if not os.path.isfile(path):
            fix = "Correct input.image.array."
            raise DataRefused("DLA341", "there is no such array of pictures", place=place, fix=fix)
        try:
            mapped = np.lib.format.open_memmap(path, mode="r")  # refuses objects; takes no memory
        except Exception as error:  # whatever a header that is none makes of NumPy's reader
            raise _no_array(place) from error
        found = mapped[..., None] if mapped.ndim == 3 else mapped
        if found.ndim != 4 or found.shape[-1] not in _CHANNELS or found.dtype not in (np.uint8, np.uint16):
            raise DataRefused(
                "DLA345",
                f"the array is {mapped.dtype} {list(mapped.shape)}",
                place=place,
                expected="whole numbers of 8 bits (uint8), [n, height, width] or [n, height, width, 1, 3 or 4]",
                fix="Store pictures as uint8; other arrays are for the code file's preprocess.",
            )
        if found.shape[1] * found.shape[2] > asked.max_pixels:
            what = f"the pictures have {found.shape[1] * found.shape[2]:,} pixels"
            fix = "Raise max_pixels in [input.image] if that is meant."
            raise DataRefused("DLA343", what, place=place, expected=f"at most {asked.max_pixels:,}", fix=fix)
        return cls(pictures=found, asked=asked)

    def picture(self, cell: str) -> tuple[Picture, int]:
        """The picture of that number."""
        at = int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 19 else -1
        if not 0 <= at < len(self.pictures):
            what = f"the array has pictures 0 to {len(self.pictures) - 1:,} and no picture {shown(cell)}"
            raise ImageFault("DLA341", what, fix="Number the pictures of the array from 0.")
        stored = np.array(self.pictures[at])
        notes: list[str] = []
        return picture_of(self._image(stored, notes), self.asked, notes), digest(stored.tobytes())

    def files(self, raw: "RawTable") -> Iterator[str]:
        """The array's file."""
        return iter([str(self.asked.array)])

    def refusal(self, fault: ImageFault | ValueError, cell: str, place: Place) -> DataRefused:
        """The fault with the number of the picture."""
        assert isinstance(fault, ImageFault), "an array has no folder to leave"
        return fault.told(place, f"picture {shown(cell, quote=False)}")

    def _image(self, stored: "np.ndarray[Any, Any]", notes: list[str]) -> "Image":
        from PIL import Image

        if stored.dtype == np.uint16:
            if self.asked.deep == "error":
                fix = 'Set deep = "scale" in [input.image].'
                raise ImageFault("DLA345", "the picture has 16 bits a channel", expected="8 bits", fix=fix)
            notes.append(DEEP)
            stored = scaled_down(stored)
        return Image.fromarray(stored[:, :, 0] if stored.shape[2] == 1 else stored)


def digest(data: bytes) -> int:
    """64 bits of BLAKE2b: for files that are not made to collide, equal only for copies."""
    return int.from_bytes(blake2b(data, digest_size=8).digest())


def _no_array(place: Place) -> DataRefused:
    return DataRefused(
        "DLA342",
        "this is no whole NumPy array file",
        place=place,
        expected="a .npy file as numpy.save writes it, of plain numbers",
        fix="Write it again with numpy.save (not savez).",
    )
