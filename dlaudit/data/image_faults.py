"""What can be wrong with one image: its code, its reason where the row is left out, and what to do about it."""

from dlaudit.data.media_faults import MediaFault

MISSING = "its image is missing"
CORRUPT = "its image cannot be decoded"
TOO_LARGE = "its image has too many pixels"
FORMAT = "its image is of a kind that is not allowed"
MODE = "its image needs a decision on its mode"
SIZE = "its image has another size"
REASONS = {"DLA341": MISSING, "DLA342": CORRUPT, "DLA343": TOO_LARGE, "DLA344": FORMAT, "DLA345": MODE, "DLA346": SIZE}
"""Why a row is left out, by code; only where `data.on_bad` is `reject`."""


class ImageFault(MediaFault):
    """An image that cannot be used."""

    reasons = REASONS
