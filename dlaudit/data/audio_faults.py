"""What can be wrong with one clip: its code, its reason where the row is left out, and what to do about it."""

from dlaudit.data.media_faults import MediaFault

MISSING = "its clip is missing"
CORRUPT = "its clip cannot be decoded"
FORMAT = "its clip is of a kind that is not allowed"
SOUND = "its clip is empty, too long, of another rate, or its header is wrong"
REASONS = {"DLA341": MISSING, "DLA342": CORRUPT, "DLA344": FORMAT, "DLA348": SOUND}
"""Why a row is left out, by code; only where `data.on_bad` is `reject`."""


class ClipFault(MediaFault):
    """A clip that cannot be used."""

    reasons = REASONS
