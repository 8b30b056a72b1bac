"""dlaudit-baseline.json as text: one figure a line, so that a review sees what an accepted run changed."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dlaudit.errors import InputRefused, Place
from dlaudit.record.accepted import Baseline
from dlaudit.record.coherent import contradiction, document_fault
from dlaudit.record.files import AUDIT_FILE, json_document, refuse, text_of

VERSION = 2
_LARGEST = 64 * 1024 * 1024
_SEAL = "content_sha256"
_MARK = '"baseline_version"'
_FIX = "Use the file as `dlaudit baseline accept RUN` wrote it, or accept a run again."


def dump_baseline(baseline: Baseline) -> str:
    """The file's text: ASCII, keys in the order of the record, what is empty or as usual left out."""
    document = baseline.model_dump(mode="json", exclude_defaults=True, exclude={_SEAL})
    return "\n".join(_lines(sealed({**document, "baseline_version": VERSION}), depth=2)) + "\n"


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its version first and a digest of all the rest last.

    However its keys are ordered, its blanks and numbers written, the digest is the same: a formatter may touch it. A
    line that was changed by hand, or taken from another branch, may not.
    """
    first = {"baseline_version": document["baseline_version"]} if "baseline_version" in document else {}
    rest = {key: value for key, value in document.items() if key not in {_SEAL, *first}}
    return {**first, **rest, _SEAL: _digest_of({**first, **rest})}


def _digest_of(document: dict[str, Any]) -> str:
    text = json.dumps(_plain(document), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """The same with whole numbers as integers: some formatters write 1.0 as 1."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_baseline(path: Path) -> bool:
    """Whether the file says that it is an accepted baseline; a directory or an audit.json does not."""
    if not path.is_file() or path.name == AUDIT_FILE or path.stat().st_size > _LARGEST:
        return False
    return _MARK.encode("ascii") in path.read_bytes()  # a formatter that sorts keys may have moved it


def read_baseline(path: Path) -> Baseline:
    """The accepted baseline in `path`, with the digest of the file.

    Raises:
        InputRefused: It cannot be read, is of a newer version, or is not as dlaudit writes it (DLA610).
    """
    text, place = text_of(path, _LARGEST), Place(file=str(path))
    try:
        document = json_document(text, place, once=True)
    except InputRefused as error:
        mended = "Take it from version control (marks of a merge conflict?), or accept a run again."
        raise InputRefused("DLA610", error.what, place=place, fix=mended) from error
    version = document.get("baseline_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        told = f"this baseline has baseline_version {version}, newer than this dlaudit reads ({VERSION})"
        raise InputRefused("DLA610", told, place=place, fix="Upgrade dlaudit.")
    refuse(document_fault(document), place)
    try:
        found = Baseline.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        said = first["msg"].removeprefix("Value error, ")
        raise InputRefused(
            "DLA610",
            f"{error.error_count()} key(s) of the baseline are not as its schema says, first this one: {said}",
            place=Place(file=str(path), key=".".join(str(part) for part in first["loc"]) or None),
            fix=_FIX,
        ) from error
    if found.baseline_version > 1 and found.content_sha256 != sealed(document)[_SEAL]:
        raise InputRefused(
            "DLA610",
            "the baseline is not as it was written: something in it was changed, by hand or by a merge",
            place=place,
            fix="Take it from version control as one commit has it, or accept a run again.",
        )
    refuse(contradiction(found.audit, None), place)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return found.model_copy(update={"accepted": found.accepted.model_copy(update={"sha256": digest})})


def baseline_schema() -> dict[str, Any]:
    """The published JSON Schema of dlaudit-baseline.json; keys that are as usual may be left out."""
    schema = Baseline.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "dlaudit dlaudit-baseline.json"
    return schema


def _lines(document: dict[str, Any], depth: int) -> Iterator[str]:
    """The object with a key a line; down to `depth` its objects likewise, and lists of objects an item a line."""
    yield "{"
    left = len(document)
    for key, value in document.items():
        left -= 1
        end = "," if left else ""
        if isinstance(value, dict) and value and depth > 1:
            first, *inner = _lines(value, depth - 1)
            yield f" {json.dumps(key)}: {first}"
            yield from (f" {line}" for line in inner[:-1])
            yield f" {inner[-1]}{end}"
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f" {json.dumps(key)}: ["
            yield from (f"  {_written(one)}{',' if at < len(value) else ''}" for at, one in enumerate(value, 1))
            yield f" ]{end}"
        else:
            yield f" {json.dumps(key)}: {_written(value)}{end}"
    yield "}"


def _written(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
