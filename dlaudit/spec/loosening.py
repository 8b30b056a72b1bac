"""What a configuration allows beyond the rule that it builds on."""

from dlaudit.spec.rule import Rule

_LEVELS = ("note", "warning", "error")
_UNDECIDED = ("ignore", "warning", "error")
_SCOPES = ("planned", "all")
_LIKE = ("judge", "contrast", "reference", "alpha", "planning_rate")
"""Keys of which neither value is stricter in every case: any change of them is told."""


def loosened(inherited: Rule, here: Rule) -> list[str]:
    """What of an inherited rule the new one allows more of, in words; empty where it is as strict or stricter.

    What cannot be told to be stricter counts as looser: another metric, other features, another way to judge.
    """
    if (inherited.metric, _kind(inherited)) != (here.metric, _kind(here)):
        return [f"{inherited.metric} {_kind(inherited)} to {here.metric} {_kind(here)}"]
    told = _limit(inherited, here)
    told += _fell("level", inherited.level, here.level, _LEVELS)
    told += _fell("undecided", inherited.when_undecided, here.when_undecided, _UNDECIDED)
    told += _fell("scope", inherited.scope, here.scope, _SCOPES)
    told += _fewer("by", _names(inherited.features), _names(here.features))
    told += _fewer("slices", inherited.slices, here.slices)
    for key in _LIKE:
        old, new = getattr(inherited, key), getattr(here, key)
        told += [f"{key} {_shown(old)} to {_shown(new)}"] if old != new else []
    return told


def _kind(rule: Rule) -> str:
    return "max_drop" if rule.max_drop is not None else rule.bound


def _limit(inherited: Rule, here: Rule) -> list[str]:
    is_looser = here.limit < inherited.limit if _kind(here) == "min" else here.limit > inherited.limit
    return [f"{_kind(here)} {inherited.limit:g} to {here.limit:g}"] if is_looser else []


def _fell(key: str, old: str, new: str, order: tuple[str, ...]) -> list[str]:
    return [f"{key} {old} to {new}"] if order.index(new) < order.index(old) else []


def _fewer(key: str, old: list[str] | None, new: list[str] | None) -> list[str]:
    """Whether less is compared than was; all of it where nothing is named."""
    if new is None or (old is not None and set(old) <= set(new)):
        return []
    return [f"{key} {_shown(old)} to {_shown(new)}"]


def _names(features: list[list[str]] | None) -> list[str] | None:
    return None if features is None else [" & ".join(one) for one in features]


def _shown(value: object) -> str:
    if value is None:
        return "all" if value is None else ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
