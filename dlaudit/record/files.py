"""audit.json: one document with the Audit and its Verdict; never NaN, never an unknown newer shape."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dlaudit.errors import InputRefused, Place, UsageError, shown
from dlaudit.record.audit import SCHEMA_VERSION, Audit
from dlaudit.record.coherent import contradiction, document_fault
from dlaudit.record.judged import Verdict

AUDIT_FILE = "audit.json"
_LARGEST = 512 * 1024 * 1024
_A_RUN = "Give the directory of a finished run."
_OWN_FILE = "Give the file that dlaudit wrote."
_AS_WRITTEN = "Use the file as dlaudit wrote it, or run the audit again."


def to_document(audit: Audit, verdict: Verdict | None) -> dict[str, Any]:
    """The document that audit.json holds: the Audit's keys in their order, then `verdict`."""
    document = audit.model_dump(mode="json")
    document["verdict"] = verdict.model_dump(mode="json") if verdict is not None else None
    return document


def dump(audit: Audit, verdict: Verdict | None) -> str:
    """audit.json as text, ASCII, with a final newline."""
    return json.dumps(to_document(audit, verdict), indent=1, allow_nan=False) + "\n"


def parse(text: str, *, file: str | None = None) -> tuple[Audit, Verdict | None]:
    """The Audit and the Verdict of audit.json's text.

    Raises:
        InputRefused: Not JSON, not an audit, or of a newer schema (DLA610).
    """
    place = Place(file=file)
    document = json_document(text, place)
    if not isinstance(document, dict) or "schema_version" not in document:
        raise InputRefused(
            "DLA610",
            "this JSON is not an audit",
            place=place,
            expected="the keys of audit.json, with schema_version",
            fix=_A_RUN,
        )
    version = document["schema_version"]
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputRefused(
            "DLA610",
            f"audit.json has schema_version {version}, newer than this dlaudit reads ({SCHEMA_VERSION})",
            place=place,
            fix="Upgrade dlaudit.",
        )
    refuse(document_fault(document), place)
    written = document.pop("verdict", None)
    try:
        audit = Audit.model_validate(document)
        verdict = Verdict.model_validate(written) if written is not None else None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputRefused(
            "DLA610",
            f"{error.error_count()} key(s) of audit.json are not as its schema says, first this one: {first['msg']}",
            place=Place(file=file, key=key),
            fix=_AS_WRITTEN,
        ) from error
    refuse(contradiction(audit, verdict), place)
    return audit, verdict


def read(run: str | Path) -> tuple[Audit, Verdict | None]:
    """The Audit and Verdict of a run's directory, or of an audit.json.

    Raises:
        UsageError: There is no such run (DLA111).
        InputRefused: The file is not an audit that this version reads (DLA610).
    """
    path = Path(run)
    if path.is_dir():
        path = path / AUDIT_FILE
    if not path.is_file():
        raise UsageError(
            "DLA111",
            "there is no finished run here",
            place=Place(file=str(path)),
            expected=f"a directory with {AUDIT_FILE}",
            fix="Give the directory that `dlaudit run --out DIR` wrote.",
        )
    text = text_of(path, _LARGEST)
    audit, verdict = parse(text, file=str(path))
    return audit.in_folder(str(path.parent)), verdict


def text_of(path: Path, largest: int) -> str:
    """The file's text.

    Raises:
        InputRefused: It is larger than `largest` bytes, not UTF-8, or cannot be read (DLA610).
    """
    place = Place(file=str(path))
    try:
        if path.stat().st_size > largest:
            raise InputRefused("DLA610", f"larger than {largest} bytes", place=place, fix=_OWN_FILE)
        return path.read_text(encoding="utf-8-sig")  # editors of Windows put a mark in front
    except (UnicodeDecodeError, OSError) as error:
        what = "not UTF-8" if isinstance(error, ValueError) else f"the file cannot be read ({error.strerror})"
        raise InputRefused("DLA610", what, place=place, fix=_OWN_FILE) from error


def json_document(text: str, place: Place, *, once: bool = False) -> Any:
    """The JSON document that the text is; `once` refuses a key that stands twice, as a merge by hand leaves it.

    Raises:
        InputRefused: It is none, is nested too deeply, or has a NaN in it (DLA610).
    """
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once if once else None)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else shown(error, limit=160, quote=False)
        raise InputRefused("DLA610", f"not a JSON document ({reason})", place=place, fix=_A_RUN) from error


def refuse(fault: str | None, place: Place) -> None:
    """Refuse a file that contradicts itself; nothing where there is no fault.

    Raises:
        InputRefused: DLA610.
    """
    if fault is not None:
        told = f"this is not an audit as dlaudit writes it: {fault}"
        raise InputRefused("DLA610", told, place=place, fix=_AS_WRITTEN)


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of audit.json."""
    schema = Audit.model_json_schema(mode="serialization")
    verdict = Verdict.model_json_schema(mode="serialization")
    schema.setdefault("$defs", {}).update(verdict.pop("$defs", {}))
    schema["$defs"]["Verdict"] = verdict
    schema["properties"]["verdict"] = {"anyOf": [{"$ref": "#/$defs/Verdict"}, {"type": "null"}]}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "dlaudit audit.json"
    return schema


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"the key {shown(twice)} stands there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
