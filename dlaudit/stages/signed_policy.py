"""A policy as a signed record keeps it: with the places of its rules, and with what it loosened."""

import json
from collections.abc import Sequence
from typing import Any

from dlaudit.errors import Place, listed, shown
from dlaudit.spec import ChangeGate, Loosened, Policy, Rule, Waiver

_PLACE = "place"
"""Key of a rule, a waiver or a change gate in the record; no policy file has it, as a place is never written back."""


def policy_written(policy: Policy) -> dict[str, Any] | None:
    """The policy as JSON, every rule and waiver with its file and line; None where it asks for nothing.

    Args:
        policy: What a run was judged by.
    """
    if policy == Policy():
        return None
    return {
        **policy.model_dump(mode="json", exclude={"rules", "waivers", "loosened", "change"}),
        "change": None if policy.change is None else _placed(policy.change),
        "rules": [_placed(one) for one in policy.rules],
        "waivers": [_placed(one) for one in policy.waivers],
        "loosened": [
            {
                "rule": one.rule,
                "changes": one.changes,
                "inherited": _written(one.inherited),
                "here": _written(one.here),
            }
            for one in policy.loosened
        ],
    }


def policy_read(written: dict[str, Any] | None) -> Policy:
    """The policy of a record, by which its verdict and its findings come out as they were.

    Args:
        written: What `policy_written` gave, perhaps read back; records of earlier versions have no places.

    Raises:
        ValueError: It is no policy.
    """
    given = dict(written or {})
    loosened = given.pop("loosened", [])
    rules, rule_places = _apart(given.pop("rules", []))
    waivers, waiver_places = _apart(given.pop("waivers", []))
    (change,), (change_place,) = _apart([given.pop("change", None) or {}])
    bare = {**given, "rules": rules, "waivers": waivers, "change": change or None}
    plain = Policy.model_validate_json(json.dumps(bare))  # in JSON a day is text
    return plain.model_copy(
        update={
            "rules": [one.written_at(place) for one, place in zip(plain.rules, rule_places, strict=True)],
            "waivers": [one.written_at(place) for one, place in zip(plain.waivers, waiver_places, strict=True)],
            "change": plain.change.written_at(change_place) if plain.change is not None else None,
            "loosened": [_loosened(one) for one in _tables(loosened)],
        }
    )


def policy_differences(signed: Policy, now: Policy, *, held_against: bool) -> list[str]:
    """What of a policy is not as it was signed, in words; nothing where both judge alike, wherever they are written.

    Args:
        signed: The policy of a record.
        now: The policy that holds now.
        held_against: Whether the run is held against an accepted baseline, whose own limit counts then.
    """
    told, known = [], set()
    for noun, was, others in (
        ("rule", _named(signed.rules), _named(now.rules)),
        ("waiver", _named(signed.waivers), _named(now.waivers)),
    ):
        told += _told(noun, was, others)
        known |= {name for name in was.keys() | others.keys() if was.get(name) != others.get(name)}
    told += _told("loosened rule", _loosened_of(signed, known), _loosened_of(now, known))
    if signed.profiles != now.profiles:
        told.append(f"profiles are {_names(now.profiles)}, not {_names(signed.profiles)}")
    if held_against and (signed.change and _bare(signed.change)) != (now.change and _bare(now.change)):
        told.append(f"the baseline's rules ask for {_limit(now.change)}, not for {_limit(signed.change)}")
    return told


def _told(noun: str, signed: dict[str, Any], now: dict[str, Any]) -> list[str]:
    both = signed.keys() & now.keys()
    parts = (
        ("is no longer there", [name for name in signed if name not in now]),
        ("was not there", [name for name in now if name not in signed]),
    )
    told = [f"{noun} {listed(names)} {what}" for what, names in parts if names]
    changed = {name: _changed(signed[name], now[name]) for name in signed if name in both}
    return [*told, *(f"{noun} {shown(name)}: {'; '.join(what)}" for name, what in changed.items() if what)]


def _changed(signed: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """`max is 0.1, not 0.05`, key by key."""
    keys = [key for key in {**signed, **now} if signed.get(key) != now.get(key)]
    return [f"{key} is {_value(now.get(key))}{_instead(signed.get(key))}" for key in keys]


def _instead(was: Any) -> str:
    return ", and was not given" if was is None else f", not {_value(was)}"


def _value(value: Any) -> str:
    if value is None:
        return "no longer given"
    if isinstance(value, list):
        return listed(["&".join(map(str, one)) if isinstance(one, list) else one for one in value]) or "none"
    return shown(value, limit=100) if isinstance(value, str) else f"{value}"


def _loosened_of(policy: Policy, known: set[str]) -> dict[str, Any]:
    """What was loosened of inherited rules, but of those of which more is told already."""
    return {one.rule: {"what it allows": one.changes} for one in policy.loosened if one.rule not in known}


def _bare(one: Rule | Waiver | ChangeGate) -> dict[str, Any]:
    return one.model_dump(mode="json")


def _named(some: Sequence[Rule | Waiver]) -> dict[str, Any]:
    """Rules or waivers by name; several of one name are told apart by their order."""
    found: dict[str, Any] = {}
    for one in some:
        again = sum(other.name == one.name for other in some[: len(found)])
        found[f"{one.name} ({again + 1})" if again else one.name] = _bare(one)
    return found


def _names(profiles: list[str]) -> str:
    return listed(profiles) or "none"


def _limit(change: ChangeGate | None) -> str:
    return "nothing" if change is None else f"at most {change.max_drop:g} worse"


def _placed(one: Rule | Waiver | ChangeGate) -> dict[str, Any]:
    held = one.model_dump(mode="json")
    return {**held, _PLACE: _written(one.place)} if one.place is not None else held


def _written(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line} if place is not None else None


def _apart(written: Any) -> tuple[list[dict[str, Any]], list[Place | None]]:
    """Tables without their places, and the places."""
    tables = _tables(written)
    bare = [{key: value for key, value in one.items() if key != _PLACE} for one in tables]
    return bare, [_place(one.get(_PLACE)) for one in tables]


def _tables(written: Any) -> Sequence[dict[str, Any]]:
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise ValueError("rules, waivers and what was loosened are lists of tables")
    return written


def _place(written: Any) -> Place | None:
    if written is None:
        return None
    if not isinstance(written, dict) or set(written) != {"file", "line"}:
        raise ValueError("a place has a file and a line")
    file, line = written["file"], written["line"]
    if not isinstance(file, str | None) or not isinstance(line, int | None) or isinstance(line, bool):
        raise ValueError("a place is a path and a number")
    return Place(file=file, line=line)


def _loosened(written: dict[str, Any]) -> Loosened:
    places = {key: _place(written.get(key)) for key in ("inherited", "here")}
    return Loosened.model_validate({**written, **places})
