"""How a report is to look: an organisation's own templates, and the language that it speaks."""

from dataclasses import dataclass
from pathlib import Path

from dlaudit.outputs.language_file import missing_told, read_language
from dlaudit.outputs.overrides import check_overrides
from dlaudit.outputs.translate import Translation


@dataclass(frozen=True)
class Look:
    """What is chosen; neither by default."""

    templates: Path | None = None
    language: Translation | None = None
    language_file: str = ""


def look_of(templates: str | Path | None, language: str | Path | None) -> Look:
    """The look by its files, checked; meant to be called before the model runs.

    Raises:
        UsageError: A template has a fault (DLA113), or the translations cannot be used (DLA115).
    """
    if templates is not None:
        check_overrides(Path(templates))
    return Look(
        templates=Path(templates) if templates is not None else None,
        language=read_language(Path(language)) if language is not None else None,
        language_file=str(language or ""),
    )


def left_in_english(look: Look) -> str:
    """Which sentences the file of translations lacks, after everything was said; empty where none."""
    return missing_told(look.language, Path(look.language_file)) if look.language is not None else ""
