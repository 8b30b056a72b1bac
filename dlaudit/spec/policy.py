"""What is required: rules, what of them is waived, and the policy that holds them."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dlaudit.errors import Place
from dlaudit.spec.change_gate import ChangeGate
from dlaudit.spec.rule import Rule as Rule
from dlaudit.spec.waiver import Waiver


def part_named(feature: str, level: str) -> str:
    """Name of the yes-or-no feature for one level of a feature of which rows may have several."""
    return f"{feature}: {level}"


class Loosened(BaseModel):
    """An inherited rule that the configuration allows more than."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True)

    rule: str
    """Name of the rule."""
    changes: list[str]
    """What became looser, as `max 0.05 to 0.1`; `removed`."""
    inherited: Place | None = None
    """Where the rule stands that is inherited."""
    here: Place | None = None
    """Where it is loosened."""


class Policy(BaseModel):
    """Rules that an audit is judged by; none of them means not judged."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    rules: list[Rule] = []
    """In the order written."""
    waivers: list[Waiver] = []
    """What may fail for now."""
    loosened: list[Loosened] = []
    """Inherited rules that were loosened."""
    profiles: list[str] = []
    """Names of the profiles whose rules are among them."""
    change: ChangeGate | None = None
    """What an accepted baseline asks where no rule has a `max_drop`, as `[baseline]` of dlaudit.toml says it; None
    where nothing is asked."""

    def spread(self, features: Sequence[str]) -> "Policy":
        """The policy in which a rule by a feature of several levels has a check for each of its yes-or-no features.

        Args:
            features: Features that there are.
        """
        rules = [_spread(rule, features) for rule in self.rules]
        waivers = [one.model_copy(update={"by": _parts(one.by, features)}) for one in self.waivers]
        return self.model_copy(update={"rules": rules, "waivers": waivers})

    @classmethod
    def from_rules(cls, *texts: str) -> "Policy":
        """A policy of rules written as for `--rule`."""
        return cls(rules=[Rule.parse(text) for text in texts])

    @classmethod
    def from_toml(cls, path: str | Path) -> "Policy":
        """The policy of a dlaudit.toml.

        Raises:
            UsageError: The file is missing or wrong; all its faults at once, with lines.
        """
        from dlaudit.spec.toml_file import load_config

        return load_config(path).spec.policy


def _spread(rule: Rule, features: Sequence[str]) -> Rule:
    found = _parts(rule.by, features)
    return rule if found == rule.by else rule.model_copy(update={"by": found, "id": rule.name})


def _parts(by: str | list[str] | None, features: Sequence[str]) -> str | list[str] | None:
    """The same features, those of several levels as their yes-or-no features."""
    if by is None:
        return None
    found: list[str] = []
    for one in [by] if isinstance(by, str) else by:
        parts = [name for name in features if name.startswith(part_named(one, ""))] if one not in features else []
        found += parts or [one]
    return by if found in ([by], by) else found
