"""Rules of several files as one policy: what stands nearer wins, and what it loosens is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from dlaudit.errors import Place, UsageError, listed, nearest, shown
from dlaudit.spec.loosening import loosened
from dlaudit.spec.policy import Loosened
from dlaudit.spec.profile import profile_names, profile_source, unknown_profile
from dlaudit.spec.rule import NOT_OF_A_DROP, Rule
from dlaudit.spec.toml_faults import Fault
from dlaudit.spec.toml_source import Key, Source

POLICY_KEYS = ("schema", "extend", "profiles", "rule", "waiver")
"""What a file that others extend may hold."""
LISTS = {
    "rule": "[[rule]] above each rule",
    "waiver": "[[waiver]] above each waiver",
    "profiles": 'profiles = ["four-fifths"]',
}
"""Keys that hold lists, and how each is written."""
_LIMITS = ("min", "max", "max_drop")


@dataclass(frozen=True)
class Entry:
    """One rule or waiver as it is after all files were laid over each other."""

    written: Any
    """Its keys."""
    own: Key
    """`("rule", 2)` in the file where it stands last."""
    place: Place
    """Where it stands there."""
    keys: dict[str, Place] = field(default_factory=dict)
    """Where each key was written."""
    layer: int = 0
    """Which layer it stands in, from the bottom."""
    origin: Place | None = None
    """Of a profile's rule: its place in the profile, while `place` is where the profile is named."""
    first: "Entry | None" = None
    """The rule as it was first written, where a nearer file changed it."""

    def place_of(self, key: Key) -> Place:
        """Where a key of it stands."""
        return self.keys.get(str(key[0]), self.place) if key else self.place


@dataclass
class Merged:
    """What all layers come to."""

    rules: list[Entry] = field(default_factory=list)
    """From the bottom up, a rule that was changed in its first place."""
    waivers: list[Entry] = field(default_factory=list)
    """Of all files."""
    profiles: list[str] = field(default_factory=list)
    """Included ones, once each."""
    loosened: list[Loosened] = field(default_factory=list)
    """Inherited rules that were loosened or removed."""
    faults: list[Fault] = field(default_factory=list)
    """What cannot be merged."""


def merged(sources: Sequence[Source], more_profiles: Sequence[str] = ()) -> Merged:
    """The rules and waivers of a configuration and of what it builds on.

    Profiles lie below the file that names them, extended files below the one that extends them.

    Args:
        sources: The configuration first, then what it extends.
        more_profiles: Profiles that flags name; they lie below the configuration as its own do.
    """
    found, layer = Merged(), 0
    depth_of: dict[int, int] = {}
    for depth, source in reversed(list(enumerate(sources))):
        found.faults += [*([] if depth == 0 else _foreign(source)), *_misshapen(source)]
        for name, place in [*(((one, None) for one in more_profiles) if depth == 0 else ()), *_profiles(source, found)]:
            layer += 1
            depth_of[layer] = depth
            _add_profile(found, name, place, layer)
        layer += 1
        depth_of[layer] = depth
        for at, written in enumerate(_tables(source, "rule")):
            _add(found, _entry(source, ("rule", at), written, layer))
        found.waivers += [
            _entry(source, ("waiver", at), one, layer) for at, one in enumerate(_tables(source, "waiver"))
        ]
    if not sources:
        for at, name in enumerate(more_profiles):
            _add_profile(found, name, None, at)
    found.loosened += _waived(found, depth_of)
    return found


def rule_of(written: Any) -> Rule | None:
    """The rule that these keys make; None where they make none."""
    try:
        return Rule.model_validate(written)
    except ValidationError:
        return None


def _foreign(source: Source) -> list[Fault]:
    """Keys that a file which is extended may not have."""
    told = f"a file that is extended holds {listed(POLICY_KEYS, quote=False)}; this belongs into dlaudit.toml"
    return [
        Fault(key=key, told=f"{told}{(near := nearest(key, POLICY_KEYS)) and f'.{near}'}", place=source.place(key))
        for key in source.written
        if key not in POLICY_KEYS
    ]


def _misshapen(source: Source) -> list[Fault]:
    """Rules, waivers and profiles that are no lists: nothing of them could be read, and nothing would be judged."""
    return [
        Fault(key=key, told=f"must be a list: write {shape}", place=source.place(key))
        for key, shape in LISTS.items()
        if key in source.written and not isinstance(source.written[key], list)
    ]


def _tables(source: Source, key: str) -> list[Any]:
    written = source.written.get(key, [])
    return written if isinstance(written, list) else []


def _profiles(source: Source, found: Merged) -> list[tuple[str, Place]]:
    named = []
    for at, name in enumerate(_tables(source, "profiles")):
        if isinstance(name, str) and name in profile_names():
            named.append((name, source.place("profiles")))
        else:
            told, place = unknown_profile(name), source.place("profiles")
            found.faults.append(Fault(key=f"profiles[{at}]", told=told, place=place, code="DLA106"))
    return named


def _add_profile(found: Merged, name: str, place: Place | None, layer: int) -> None:
    if name in found.profiles:
        return
    found.profiles.append(name)
    try:
        source = profile_source(name)
    except UsageError as error:
        found.faults.append(Fault(key="--profile", told=error.what, code="DLA106", fix=error.fix))
        return
    for at, written in enumerate(_tables(source, "rule")):
        entry = _entry(source, ("rule", at), written, layer)
        _add(found, replace(entry, keys={}, place=place or Place(), origin=entry.place))


def _entry(source: Source, own: Key, written: Any, layer: int) -> Entry:
    keys = {key: source.place(*own, key) for key in written} if isinstance(written, dict) else {}
    return Entry(written=written, own=own, place=source.place(*own), keys=keys, layer=layer)


def _add(found: Merged, entry: Entry) -> None:
    """Lay one rule over those below it."""
    name = _name(entry.written)
    at = next((at for at, one in enumerate(found.rules) if name is not None and _name(one.written) == name), None)
    removes = isinstance(entry.written, dict) and "remove" in entry.written
    if at is None or found.rules[at].layer == entry.layer:
        if removes:
            found.faults.append(_nothing_to_remove(found, entry, name))
        elif at is not None and isinstance(entry.written, dict) and "id" in entry.written:
            found.faults.append(_twice(entry, found.rules[at], str(name)))
        else:
            found.rules.append(entry)
        return
    below = found.rules[at]
    if removes:
        _remove(found, at, entry, str(name))
        return
    over = entry.written if isinstance(entry.written, dict) else {}
    kept = {key: value for key, value in below.written.items() if not _is_replaced(key, over)}
    laid = replace(
        entry, written={**kept, "id": name, **over}, keys={**below.keys, **entry.keys}, first=below.first or below
    )
    found.rules[at] = laid
    was, now = rule_of(below.written), rule_of(laid.written)
    changes = loosened(was, now) if was is not None and now is not None else []
    if changes:
        found.loosened.append(
            Loosened(rule=str(name), changes=changes, inherited=below.origin or below.place, here=entry.place)
        )


def _is_replaced(key: str, over: dict[str, Any]) -> bool:
    """Whether an inherited key goes: another limit takes the place of a limit, and a `max_drop` of what it has no
    use for.
    """
    return (key in _LIMITS and bool(set(over) & set(_LIMITS))) or (key in NOT_OF_A_DROP and "max_drop" in over)


def _remove(found: Merged, at: int, entry: Entry, name: str) -> None:
    more = set(entry.written) - {"id", "remove"}
    if entry.written["remove"] is not True or more:
        told = "remove = true stands beside the id alone" if more else "remove is true, or left out"
        found.faults.append(Fault(key=f"rule[{entry.own[1]}].remove", told=told, place=entry.place))
        return
    below = found.rules.pop(at)
    found.loosened.append(
        Loosened(rule=name, changes=["removed"], inherited=below.origin or below.place, here=entry.place)
    )


def _waived(found: Merged, depth_of: dict[int, int]) -> list[Loosened]:
    """Rules of extended files that a nearer file waives; a file may waive its own rules and those of its profiles."""
    told = []
    for waiver in found.waivers:
        for one in found.rules:
            below = one.first or one
            if depth_of[below.layer] > depth_of[waiver.layer] and _is_waived(one, waiver):
                inherited = below.origin or below.place
                told.append(
                    Loosened(rule=str(_name(one.written)), changes=["waived"], inherited=inherited, here=waiver.place)
                )
    return told


def _is_waived(one: Entry, waiver: Entry) -> bool:
    rule, named = rule_of(one.written), waiver.written if isinstance(waiver.written, dict) else {}
    if rule is None or not {"rule", "metric"} & set(named):
        return False
    is_of_rule = named.get("rule", rule.name) == rule.name
    return is_of_rule and named.get("metric", rule.metric) in (rule.metric, rule.base_metric)


def _name(written: Any) -> str | None:
    """What makes two rules the same one: the id, or the rule's words; None where it has neither."""
    if not isinstance(written, dict):
        return None
    if isinstance(written.get("id"), str):
        return str(written["id"])
    rule = rule_of(written)
    return rule.name if rule is not None else None


def _nothing_to_remove(found: Merged, entry: Entry, name: str | None) -> Fault:
    known = [str(_name(one.written)) for one in found.rules if one.layer < entry.layer]
    told = f"there is no inherited rule {shown(name)} to remove.{nearest(str(name), known)}"
    return Fault(key=f"rule[{entry.own[1]}].id", told=told, place=entry.place, code="DLA106")


def _twice(entry: Entry, first: Entry, name: str) -> Fault:
    told = f"a rule {shown(name)} stands there already ({first.place})"
    return Fault(key=f"rule[{entry.own[1]}].id", told=told, place=entry.place)
