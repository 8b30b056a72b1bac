"""Audits of one test session, each made once: found again by the content of the files that it was made from."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import DlauditError, UsageError
from dlaudit.record.files import AUDIT_FILE
from dlaudit.record.files import read as read_saved

if TYPE_CHECKING:
    from dlaudit.record import Audit
    from dlaudit.spec import AuditSpec, Config

_SETTINGS = (str, int, float, bool, type(None))


class Remembered:
    """Audits by what they were made from."""

    def __init__(self) -> None:
        self._made: "dict[str, Audit]" = {}

    def audit(
        self, model: Any = None, data: Any = None, *, run: Any = None, config: Any = None, **given: Any
    ) -> "Audit":
        """The Audit of a model on data, as `dlaudit.audit` makes it; or of a finished run.

        Every file that the configuration names is known by its content, and the pictures and sounds that rows name by
        name, size and time of change. What your own code reads besides is not known: a session that changes it gets
        the first Audit.

        Args:
            model: A path or an object; the directory of a finished run is read.
            data: A path, a DataFrame or an Arrow table.
            run: Directory of a finished run, or its audit.json; nothing else may be given with it.
            config: A dlaudit.toml.
            given: Further keywords of `dlaudit.audit`.

        Raises:
            UsageError: A run was given together with other things (DLA101).
            DlauditError: Any fault of the input.
        """
        from dlaudit import audit
        from dlaudit.integrations.methods import bind

        bind()
        if run is None and data is None and config is None and not given and _is_run(model):
            model, run = None, model
        if run is not None:
            if model is not None or data is not None or config is not None or given:
                raise UsageError("DLA101", "a finished run was given with other things", fix="Give the run alone.")
            return self._once(_key("run", _files([_audit_of(run)]), {}), lambda: read_saved(run)[0])
        arguments = {"model": model, "data": data, "config": config, **given}
        return self._once(_key_of(arguments), lambda: audit(**arguments))

    def _once(self, key: str | None, make: "Callable[[], Audit]") -> "Audit":
        if key is None:
            return make()
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def _is_run(model: Any) -> bool:
    return isinstance(model, str | Path) and (Path(model) / AUDIT_FILE).is_file()


def _audit_of(run: Any) -> Path:
    return Path(run) / AUDIT_FILE if Path(run).is_dir() else Path(run)


def _is_settled(value: Any) -> bool:
    """Whether the value is text, numbers and paths all the way down: two that look alike are the same."""
    if isinstance(value, dict):
        return all(_is_settled(one) for one in value.values())
    if isinstance(value, list | tuple):
        return all(_is_settled(one) for one in value)
    return isinstance(value, (*_SETTINGS, Path))


def _key_of(arguments: dict[str, Any]) -> str | None:
    """What the audit with these arguments is found by again; None where that cannot be told."""
    from dlaudit.audit import asked_config

    if not _is_settled(arguments):
        return None
    config = asked_config(arguments)
    try:
        media = _media(config.spec)
    except DlauditError:  # data that only the user's own code can read, or that the audit will refuse
        return None
    return _key("audit", [*_files(_read_by(config)), *media], arguments)


def _read_by(config: "Config") -> list[str | Path]:
    """Files and folders that the audit reads: those that are named, and what lies beside a tokenizer."""
    from dlaudit.data.text_tokens import BESIDE
    from dlaudit.spec.files import named_files

    named = named_files(config.spec)
    named.pop("data.root", None)  # a folder of pictures may be large, and rows name some of them: see _media
    tokenizers = [Path(path) for key, path in named.items() if key.endswith(".tokenizer")]
    beside = [one.parent / name for one in tokenizers for name in BESIDE]
    return [*named.values(), *beside, *config.files]


def _media(spec: "AuditSpec") -> list[tuple[str, str]]:
    """Path, size and time of change of every file that rows name.

    Raises:
        DlauditError: The data cannot be read.
    """
    from dlaudit.data.media_files import MediaFolder, files_of
    from dlaudit.data.names import require
    from dlaudit.data.open import open_data

    columns = [one for one in (spec.data.image, spec.data.mask, spec.data.audio) if one is not None]
    if not columns:
        return []
    raw = open_data(spec.data)
    require(columns, raw.columns, key="data", file=raw.path)
    paths = {path for column in columns for path in files_of(MediaFolder.of(spec.data.root, column, raw), raw)}
    return [(path, _looks(Path(path))) for path in sorted(paths)]


def _looks(path: Path) -> str:
    """Size and time of change of a file; nothing of one that is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def _files(named: list[Any]) -> list[tuple[str, str]]:
    """Path and digest of every file named; of a folder, of every file in it."""
    found = []
    for path in dict.fromkeys(Path(one).absolute() for one in named):
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [(str(one), _digest(one)) for one in inside if one.is_file()]
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(kind: str, files: list[tuple[str, str]], arguments: dict[str, Any]) -> str:
    return json.dumps([kind, files, arguments], sort_keys=True, default=str)
