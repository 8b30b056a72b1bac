"""Profiles: figures that a standard or a practice asks for, and rules that go with them, as dated data files."""

import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.spec.base import Section
from dlaudit.spec.rule import Rule
from dlaudit.spec.toml_source import Source, read_source

_FOLDER = Path(__file__).parent / "profiles"
Text = Annotated[str, Field(min_length=1)]


class AskedTable(Section):
    """A table or figure that a profile asks for."""

    figure: Literal[
        "impact_ratio", "scoring_rate", "significance", "standardized_mean_difference", "metrics", "not_measured"
    ]
    """What is in it; the report says where it stands."""
    title: Text
    """What it shows, for a reader."""
    metrics: list[str] = []
    """Metrics that are in it, slice by slice."""


class AskedText(Section):
    """Something that a profile asks to be told."""

    key: Text
    """The key of dlaudit.toml that tells it, as `report.data_source`."""
    what: Text
    """What it is, in the words of the source."""


class Profile(Section):
    """A profile's data file."""

    title: Text
    """What it is called in full."""
    source: Annotated[str, Field(pattern=r"^https://\S+$")]
    """Where the official text is."""
    status: Text
    """What was in force, as far as known."""
    read: Text
    """Which text was read, in which copy and when, or that it was not opened."""
    as_of: datetime.date
    """The day on which status and text were last looked up."""
    note: Text
    """What a reader must know before using it."""
    metrics: list[str] = []
    """Metrics that are measured beside those of the rules."""
    table: list[AskedTable] = []
    """Tables and figures that it asks for."""
    ask: list[AskedText] = []
    """What it asks to be told."""
    rule: list[Rule] = []
    """Rules that go with it; none where the source has no limit."""


def profile_names() -> list[str]:
    """Names of the profiles, in alphabetical order."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def profile_source(name: str) -> Source:
    """The data file of a profile as it was written.

    Raises:
        UsageError: There is no such profile (DLA106).
    """
    if name not in profile_names():
        raise UsageError("DLA106", unknown_profile(name), fix="`dlaudit list profiles` says what each asks for.")
    return read_source(_FOLDER / f"{name}.toml", named=f"profile {name}")


def unknown_profile(name: Any) -> str:
    """What is wrong with the name of a profile that there is not."""
    known = profile_names()
    near = nearest(name, known) if isinstance(name, str) else ""
    return f"there is no profile {shown(name)}; there are {listed(known, most=20, quote=False)}{near and f'.{near}'}"


@lru_cache(maxsize=32)
def profile_named(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UsageError: There is none (DLA106).
    """
    return Profile.model_validate(profile_source(name).written)
