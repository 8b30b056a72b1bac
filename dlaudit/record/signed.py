"""signed-record.json: checksums of a run's files, the policy and verdict they were reviewed by, and who reviewed them.

It is a list of checksums, not a cryptographic signature: it shows that files were changed by accident, or by somebody
who did not change this file too.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from dlaudit.errors import InputRefused, Place, shown
from dlaudit.record.base import Record
from dlaudit.record.judged import Outcome

SIGNED_FILE = "signed-record.json"
DETACHED = frozenset(f"{SIGNED_FILE}.{tail}" for tail in ("sig", "asc", "minisig", "sigstore.json"))
"""Signatures of signed-record.json by other tools, which may lie beside it; they are not looked at here."""
STATEMENT = (
    "Checksums of the files of an audit and who reviewed them. This is no cryptographic signature: whoever can write "
    "the files can write this one. Sign it with a tool of your own (docs/signed-record.md) where that matters."
)
_LARGEST = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FIX = "Take the directory from where it was signed, or sign it again after looking at what is in it."

Said = Annotated[str, Field(min_length=1, max_length=500)]


class SignedFile(Record):
    """One file of the run."""

    name: str
    """Its name in the run's directory."""
    bytes: Annotated[int, Field(ge=0)]
    """Its size."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Digest of its content."""

    @field_validator("name")
    @classmethod
    def _is_a_plain_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name == SIGNED_FILE or name in DETACHED:
            raise ValueError("this is not the plain name of a file of a run")
        return name


class Signature(Record):
    """Somebody who reviewed the run."""

    reviewer: Said
    """Name."""
    role: Said
    """In what role."""
    date: str
    """UTC time of signing, ISO 8601."""
    note: Annotated[str, Field(max_length=2_000)] = ""
    """What they add."""


class SignedRecord(Record):
    """What signed-record.json holds."""

    record_version: Literal[1] = 1
    """Version of this shape."""
    statement: str = STATEMENT
    """What the file is and is not."""
    dlaudit: str
    """Version of dlaudit that wrote it."""
    files: Annotated[list[SignedFile], Field(min_length=1, max_length=1_000)]
    """Every file of the run, by name."""
    policy: dict[str, Any] | None = None
    """Rules and waivers that the run was judged by, with the places where they stand, profiles, and inherited rules
    that were loosened; None where it was not judged."""
    judged_on: str
    """Day (UTC) on which the policy was applied, by which waivers hold or not."""
    outcome: Outcome
    """What the verdict was."""
    checks: list[Outcome] = Field(default_factory=list)
    """Outcome of every check, in order."""
    signatures: Annotated[list[Signature], Field(min_length=1, max_length=100)]
    """Who signed, first to last."""

    @field_validator("files")
    @classmethod
    def _names_differ(cls, files: list[SignedFile]) -> list[SignedFile]:
        if len({one.name.casefold() for one in files}) != len(files):
            raise ValueError("a file is named twice")
        return files


def dump_signed(record: SignedRecord) -> str:
    """signed-record.json as text, ASCII, with a final newline."""
    return json.dumps(record.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"


def parse_signed(content: bytes, file: Path) -> SignedRecord:
    """The record that the content of signed-record.json says.

    Raises:
        InputRefused: It is too large, not JSON, says a key twice, names what is no plain file, or has other keys than
            a record has (DLA632).
    """
    if len(content) > _LARGEST:
        raise damaged(file, f"larger than {_LARGEST} bytes")
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise damaged(file, "nested too deeply") from error
    except ValueError as error:  # not UTF-8 and not JSON alike
        raise damaged(file, f"not a JSON document ({shown(error, limit=120, quote=False)})") from error
    if isinstance(document, dict) and isinstance(version := document.get("record_version"), int) and version > 1:
        raise InputRefused(
            "DLA632",
            f"record_version {version} is newer than this dlaudit reads (1)",
            place=Place(file=str(file)),
            fix="Upgrade dlaudit.",
        )
    try:
        return SignedRecord.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise damaged(file, f"{message} (at {shown(key, limit=80, quote=False)})") from error


def damaged(file: Path, what: str) -> InputRefused:
    """The refusal of a record that is not as dlaudit writes it."""
    return InputRefused("DLA632", f"this is no signed record: {what}", place=Place(file=str(file)), fix=_FIX)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two, readers would believe different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
