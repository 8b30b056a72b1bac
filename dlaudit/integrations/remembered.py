"""Audits of one test session, each made once: found again by the content of the files that it was made from."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import UsageError
from dlaudit.record.files import AUDIT_FILE
from dlaudit.record.files import read as read_saved

if TYPE_CHECKING:
    from dlaudit.record import Audit

_SETTINGS = (str, int, float, bool, type(None))


class Remembered:
    """Audits by what they were made from."""

    def __init__(self) -> None:
        self._made: "dict[str, Audit]" = {}

    def audit(
        self, model: Any = None, data: Any = None, *, run: Any = None, config: Any = None, **given: Any
    ) -> "Audit":
        """The Audit of a model on data, as `dlaudit.audit` makes it; or of a finished run.

        Pictures and sounds that rows name are not looked at again: a session that changes them gets the first Audit.

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
        key = _key("audit", _files(_named(arguments)), arguments) if _is_settled(arguments) else None
        return self._once(key, lambda: audit(**arguments))

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


def _named(arguments: dict[str, Any]) -> list[Any]:
    """The files that the audit would read, the configuration's own among them."""
    from dlaudit.spec import load_config
    from dlaudit.spec.settings import nested

    settings = dict(arguments.get("settings") or {})
    config = arguments.get("config")
    spec = load_config(config, nested(settings)).spec
    named = [config, arguments["model"], arguments["data"], arguments.get("against")]
    named += [spec.model.path, spec.model.code, spec.data.path, spec.data.demographics]
    named += [spec.against.model, spec.against.code, spec.baseline.path]
    return [one for one in named if one is not None]


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
