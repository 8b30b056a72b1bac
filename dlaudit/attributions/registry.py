"""Attributors: one function per method, registered under the name a configuration uses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from dlaudit.attributions.request import Explanation, Request
from dlaudit.models.model import Capability
from dlaudit.registry import Registry

Method = Callable[[Request], Explanation]
AddsUp = Literal["exactly", "in expectation", "no"]


@dataclass(frozen=True, kw_only=True)
class Size:
    """What the cost of a method depends on."""

    rows: int
    """Rows to explain."""
    players: int
    """Players of the game."""
    elements: int
    """Numbers in one row's inputs."""
    background: int
    """Reference rows."""
    steps: int
    """Nodes of a path integral."""
    evaluations: int
    """Coalitions per row."""


Cost = Callable[[Size], float]
"""Forward-and-backward passes per explained row that a method will need; a forward pass alone counts a third."""


@dataclass(frozen=True, kw_only=True)
class Attributor:
    """A method and what it asks of a model."""

    name: str
    """Name in the configuration and the records; methods of other libraries carry the library's, as
    `captum.DeepLift`."""
    needs: frozenset[Capability]
    """Capabilities without which it does not apply."""
    explain: Method
    """The method itself; raises CannotExplainError where a model turns out not to suit it."""
    summary: str
    """The first sentence of its description."""
    adds_up: AddsUp = "exactly"
    """Whether contributions add up to the change of the score; those of a method that says so and do not are not
    shown."""
    cost: Cost = lambda size: float(size.steps)
    """Its estimated cost."""

    def missing(self, capabilities: Iterable[str]) -> list[str]:
        """Names of the needed capabilities that are not among `capabilities`."""
        return sorted(self.needs - {Capability(one) for one in capabilities})


ATTRIBUTORS: Registry[Attributor] = Registry("attributor")
"""Every method by name. `import dlaudit.attributions` fills it; no torch, captum or shap is imported for
that.
"""


def attributor(
    name: str,
    *,
    needs: Iterable[Capability] = (),
    adds_up: AddsUp = "exactly",
    cost: Cost = lambda size: float(size.steps),
) -> Callable[[Method], Method]:
    """A decorator that registers a method under `name`."""

    def register(method: Method) -> Method:
        summary = (method.__doc__ or "").strip().split("\n")[0]
        found = Attributor(
            name=name, needs=frozenset(needs), explain=method, summary=summary, adds_up=adds_up, cost=cost
        )
        ATTRIBUTORS.add(name, found)
        return method

    return register


ALSO_CALLED = {
    "occlusion": "captum.Occlusion",
    "feature_ablation": "captum.FeatureAblation",
    "deep_lift": "captum.DeepLift",
    "gradient_shap": "captum.GradientShap",
    "kernel_shap": "shap.KernelExplainer",
}
"""Names under which methods of other libraries are known, to those that they have here."""


def attributor_named(name: str) -> Attributor:
    """The method of that name, or of that name elsewhere: `occlusion` is `captum.Occlusion`.

    Raises:
        UsageError: There is none (DLA106).
    """
    return ATTRIBUTORS.get(ALSO_CALLED.get(name, name))
