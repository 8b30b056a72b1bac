"""dlaudit.toml: found, read with what it extends, merged with flags; all its faults told at once, with their lines."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dlaudit.errors import Place
from dlaudit.spec.extending import project_root, sources_of
from dlaudit.spec.files import FILE_KEYS
from dlaudit.spec.layers import LISTS, Entry, Merged, merged
from dlaudit.spec.model import AuditSpec
from dlaudit.spec.policy_faults import LimitFault, MetricFault, further_faults, hidden_limits, name_faults
from dlaudit.spec.rule import Rule
from dlaudit.spec.toml_faults import faults_of, usage_error
from dlaudit.spec.toml_source import Key, Source
from dlaudit.spec.toml_source import key_lines as key_lines

CONFIG_FILE = "dlaudit.toml"


@dataclass(frozen=True, kw_only=True)
class Config:
    """A validated specification and the file it came from."""

    spec: AuditSpec
    """What was asked."""
    file: str | None
    """Path of the configuration file, as found; None without one."""
    lines: dict[tuple[str | int, ...], int]
    """Key path to 1-based line of the file."""
    files: tuple[Path, ...] = ()
    """The configuration file and those that it extends."""


def find_config(start: Path) -> Path | None:
    """dlaudit.toml in `start` or the nearest parent, not above the version-control root; else None.

    From the working directory it is named as one would type it, so that audit.json is the same in every checkout.
    """
    for folder in [start, *start.parents]:
        candidate = folder / CONFIG_FILE
        if candidate.is_file():
            return Path(os.path.relpath(candidate, start)) if start == Path.cwd() else candidate
        if (folder / ".git").exists():
            break
    return None


@dataclass(frozen=True, kw_only=True)
class Added:
    """What flags add to the policy of a file, and how its names are looked up."""

    rules: Sequence[Rule] = ()
    """Rules, after those of the file."""
    profiles: Sequence[str] = ()
    """Names of profiles."""
    metric_fault: MetricFault | None = None
    """Why there is no metric of a name, and what to do; without it, metrics are not looked up here."""
    limit_fault: LimitFault | None = None
    """Why the limit of a rule is out of its metric's reach; without it, no limit is looked at beside other faults."""


def load_config(path: str | Path | None, overrides: dict[str, Any] | None = None, added: Added | None = None) -> Config:
    """The specification of the file at `path` (none: no file) with `overrides` from flags laid over it.

    Args:
        path: A dlaudit.toml; its relative paths are relative to its folder.
        overrides: Nested tables as a TOML file would give them; they win over the file.
        added: Rules and profiles of flags, which win over nothing.

    Raises:
        UsageError: A file is missing (DLA111), not TOML (DLA103), of a newer schema (DLA112), extends what it may not
            (DLA105), or has wrong keys or names (DLA101, DLA106; DLA102 when there are several, all of them told).
    """
    added = added or Added()
    sources = sources_of(Path(path)) if path is not None else []
    found = merged(sources, added.profiles)
    written = dict(sources[0].written) if sources else {}
    written = {key: one for key, one in written.items() if key not in LISTS or isinstance(one, list)}  # else a fault
    if path is not None:
        _resolve_paths(written, Path(path).parent)
    for key, entries in (("rule", found.rules), ("waiver", found.waivers)):
        if entries or key in written:
            written[key] = [one.written for one in entries]
    if found.profiles:
        written["profiles"] = found.profiles
    whole = _merge(written, overrides or {})
    faults = [*found.faults, *name_faults(found, added.rules, added.metric_fault)]
    try:
        spec = AuditSpec.model_validate(whole)
    except ValidationError as error:
        faults += faults_of(
            error, lambda key: None if _is_given(key, overrides or {}) else _place_of(key, sources, found), AuditSpec
        )
        faults += [*hidden_limits(error, found), *further_faults(found, whole, added.limit_fault)]
        raise usage_error(faults, str(path) if path is not None else None) from error
    if faults:
        faults += further_faults(found, whole, added.limit_fault)
        raise usage_error(faults, str(path) if path is not None else None)
    file, lines = str(path) if path is not None else None, sources[0].lines if sources else {}
    root = project_root(Path(path)) if path is not None else None
    placed = _placed(spec, found, (file, root), overrides or {}, added)
    if "baseline" not in (overrides or {}):
        placed = placed.with_baseline_at(_recorded(_place_of(("baseline", "path"), sources, found), (file, root)))
    return Config(spec=placed, file=file, lines=lines, files=tuple(one.path for one in sources))


def _placed(
    spec: AuditSpec, found: Merged, config: tuple[str | None, Path | None], overrides: dict[str, Any], added: Added
) -> AuditSpec:
    """The specification whose rules and waivers know where they stand, with the rules of flags."""
    rules, waivers = list(spec.rule), list(spec.waiver)
    if "rule" not in overrides:
        rules = [rule.written_at(_recorded(one.place, config)) for rule, one in zip(rules, found.rules, strict=True)]
    if "waiver" not in overrides:
        waivers = [one.written_at(_recorded(at.place, config)) for one, at in zip(waivers, found.waivers, strict=True)]
    told = [
        one.model_copy(update={"inherited": _recorded(one.inherited, config), "here": _recorded(one.here, config)})
        for one in found.loosened
    ]
    placed = spec.model_copy(update={"rule": [*rules, *added.rules], "waiver": waivers})
    return placed.with_loosened(told)


def _recorded(place: Place | None, config: tuple[str | None, Path | None]) -> Place | None:
    """The place by a path from the root of the project, so that it is the same wherever dlaudit was started."""
    file, root = config
    if place is None or place.file is None or root is None:
        return None if place is None or place.file is None else place
    if place.file == file:
        return replace(place, file=Path(file).resolve().relative_to(root).as_posix())
    return place


def _place_of(key: Key, sources: Sequence[Source], found: Merged) -> Place | None:
    """Where the key of the merged configuration stands; None where a flag gave it."""
    kinds: dict[str | int, list[Entry]] = {"rule": found.rules, "waiver": found.waivers}
    if len(key) > 1 and key[0] in kinds and isinstance(key[1], int) and key[1] < len(kinds[key[0]]):
        return kinds[key[0]][key[1]].place_of(key[2:])
    if not sources:
        return None
    place = sources[0].place(*key)
    return place if place.line is not None else None


def _is_given(key: Key, overrides: dict[str, Any]) -> bool:
    """Whether a flag gave the value of the key, whatever the file says there."""
    at: Any = overrides
    for part in key:
        if not isinstance(at, dict):
            return True
        if part not in at:
            return False
        at = at[part]
    return not isinstance(at, dict)


def _resolve_paths(written: dict[str, Any], folder: Path) -> None:
    for *tables, key in FILE_KEYS:
        at: Any = written
        for name in tables:
            at = at.get(name) if isinstance(at, dict) else None
        if isinstance(at, dict) and isinstance(at.get(key), str):
            at[key] = os.path.normpath(os.path.join(folder, at[key]))


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
