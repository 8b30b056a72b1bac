"""What stays the same from run to run: names of rules, fingerprints of results, and what an audit is called."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from dlaudit.record import Audit, Check

_LEVELS = ("error", "warning", "note")
_LONGEST_NAME = 60
NO_NAME = "audit"


def rule_ids(checks: Iterable[Check]) -> dict[str, str]:
    """A rule's name in this verdict to a name that does not change with its limit.

    A rule without an id is called after its words, `selection_rate.ratio by race >= 0.8`; here the limit is left out,
    so that another limit is not another rule. Rules that would then share a name are numbered, errors first, and the
    same in whatever order they stand.
    """
    wanted: dict[str, dict[str, tuple[int, str, float]]] = {}
    for one in checks:
        rank = (_LEVELS.index(one.level), one.bound, one.limit)
        wanted.setdefault(_without_limit(one), {}).setdefault(one.rule, rank)
    found: dict[str, str] = {}
    for short, rules in wanted.items():
        for place, rule in enumerate(sorted(rules, key=lambda name: (rules[name], name)), 1):
            found[rule] = short if place == 1 else f"{short} ({place})"
    return found


def fingerprint(*parts: str) -> str:
    """A digest of names: equal where two results of two runs are the same one."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def check_parts(check: Check, rule_id: str) -> tuple[str, ...]:
    """What a check is, without any of its numbers and without the slice that happens to be the worst one."""
    return (rule_id, " & ".join(sorted(check.by)), f"{check.metric}.{check.kind}", check.compare or "limit")


def distinct(names: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The names, those that came before numbered: readers keep only one result of a fingerprint."""
    seen: Counter[tuple[str, ...]] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else (*name, str(seen[name])))
    return told


def findings_digest(audit: Audit) -> str:
    """A digest of everything that was found: equal for two runs of the same model, data and settings."""
    return fingerprint(audit.model_dump_json(exclude={"provenance"}))


def audit_name(audit: Audit) -> str:
    """What tells this audit from others of the same repository: its title in small letters, digits and hyphens.

    Without a title, the names of the model's and the data's files.
    """
    files = [PurePath(path).stem for path in (audit.model.path, audit.data.path) if path]
    title = audit.title or " ".join(files)
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower().encode("ascii", "ignore").decode()).strip("-")
    if plain and len(plain) <= _LONGEST_NAME and title.isascii():
        return plain
    return f"{plain[:_LONGEST_NAME].strip('-') or NO_NAME}-{fingerprint(title)[:8]}"


def _without_limit(check: Check) -> str:
    """`selection_rate.ratio by race` of `… >= 0.8`; `… max_drop` of `… max_drop 0.02`; an id as it is."""
    sign = ">=" if check.bound == "min" else "<="
    if check.compare is not None and check.rule.endswith(f" max_drop {check.limit:g}"):
        return check.rule.removesuffix(f" {check.limit:g}")
    return check.rule.removesuffix(f" {sign} {check.limit:g}")
