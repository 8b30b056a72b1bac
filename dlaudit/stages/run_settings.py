"""What two runs were given differently, as far as their audits record it."""

from typing import Any

from dlaudit.record import Audit, SettingChange


def setting_changes(old: Audit, new: Audit) -> list[SettingChange]:
    """Every key that the two runs have differently, in the order of the record."""
    told = [(key, _told(was), _told(now)) for key, was, now in zip(*_keys(old, new), strict=True)]
    return [SettingChange(key=key, old=was, new=now) for key, was, now in told if was != now]


def _keys(old: Audit, new: Audit) -> tuple[list[str], list[Any], list[Any]]:
    sides = []
    for audit in (old, new):
        model, data, run = audit.model, audit.data, audit.provenance
        sides.append(
            {
                "model file (SHA-256)": model.sha256,
                "model.task": model.task,
                "model.output": model.output,
                "model.threshold": model.threshold,
                "model.positive": model.positive,
                "model.classes": model.classes,
                "parameters": model.parameters,
                "data file (SHA-256)": data.sha256,
                "data.weight": data.weight,
                "data.unit": data.unit,
                "features": data.features,
                "slices.sensitive": data.sensitive,
                "slices.control": data.control,
                "slices.min_size": audit.min_size,
                "run.seed": run.seed,
                "dlaudit": run.dlaudit,
                **{f"package {name}": version for name, version in sorted(run.packages.items())},
            }
        )
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    return keys, [sides[0].get(key) for key in keys], [sides[1].get(key) for key in keys]


def _told(value: Any) -> str:
    if value is None or value == []:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
