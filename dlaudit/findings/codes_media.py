"""Codes of images, sound and texts beyond what a file can have wrong: code to title, meaning and remedy."""

MEDIA: dict[str, tuple[str, str, str]] = {
    "DLA360": (
        "Inputs changed unevenly",
        "Rows of one slice were changed on the way to the model more often than rows of another: turned, enlarged, "
        "cut or resampled.",
        "Bring the inputs of all slices to one form, or compare slices among rows that were not changed.",
    ),
    "DLA513": (
        "Explanations outside the object",
        "A larger share of a method's contributions lies outside the object's mask in one slice than in another.",
        "Look at the maps of both slices; train on other backgrounds, or crop to the object.",
    ),
}
"""Title, meaning and remedy by code."""
