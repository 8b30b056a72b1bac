"""Sets of names, written as text so that they can be read and compared at a glance."""


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
