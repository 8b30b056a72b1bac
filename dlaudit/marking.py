"""Marks for sentences that a translation has: GNU gettext's tools find them by these names.

A marked sentence is the English one itself; `dlaudit.outputs.translate` looks it up when it is said.
"""

Plural = tuple[str, str]
"""One sentence for one thing and one for several; the number decides by the rule of the language."""


def N_(message: str) -> str:  # noqa: N802  the name that gettext's tools know
    """The English sentence itself, marked."""
    return message


def NN_(one: str, many: str) -> Plural:  # noqa: N802
    """A sentence for one thing and one for several, marked."""
    return one, many
