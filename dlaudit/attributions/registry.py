"""Attributors: one function per method, registered under the name a configuration uses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dlaudit.attributions.request import Explanation, Request
from dlaudit.models.model import Capability
from dlaudit.registry import Registry

Method = Callable[[Request], Explanation]


@dataclass(frozen=True, kw_only=True)
class Attributor:
    """A method and what it asks of a model."""

    name: str
    """Name in the configuration and the records."""
    needs: frozenset[Capability]
    """Capabilities without which it does not apply."""
    explain: Method
    """The method itself; raises CannotExplainError where a model turns out not to suit it."""
    summary: str
    """The first sentence of its description."""

    def missing(self, capabilities: Iterable[str]) -> list[str]:
        """Names of the needed capabilities that are not among `capabilities`."""
        return sorted(self.needs - {Capability(one) for one in capabilities})


ATTRIBUTORS: Registry[Attributor] = Registry("attributor")
"""Every method by name. `import dlaudit.attributions` fills it; no torch, captum or shap is imported for
that.
"""


def attributor(name: str, *, needs: Iterable[Capability] = ()) -> Callable[[Method], Method]:
    """A decorator that registers a method under `name`."""

    def register(method: Method) -> Method:
        summary = (method.__doc__ or "").strip().split("\n")[0]
        found = Attributor(name=name, needs=frozenset(needs), explain=method, summary=summary)
        ATTRIBUTORS.add(name, found)
        return method

    return register
