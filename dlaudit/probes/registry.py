"""Probes: experiments on a model or its inputs, one function each, registered under a name."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dlaudit.models.model import Capability
from dlaudit.probes.request import CannotProbeError, ProbeRequest
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import NotApplicable
from dlaudit.registry import Registry

Experiment = Callable[[ProbeRequest], list[ProbeResult]]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An experiment and what it asks of a model."""

    name: str
    """Name in the records."""
    needs: frozenset[Capability]
    """Capabilities without which it does not apply."""
    run: Experiment
    """The experiment; raises CannotProbeError where it turns out not to apply."""
    summary: str
    """The first sentence of its description."""


PROBES: Registry[Probe] = Registry("probe")
"""Every probe by name."""


def probe(name: str, *, needs: Iterable[Capability] = ()) -> Callable[[Experiment], Experiment]:
    """A decorator that registers an experiment under `name`."""

    def register(run: Experiment) -> Experiment:
        summary = (run.__doc__ or "").strip().split("\n")[0]
        PROBES.add(name, Probe(name=name, needs=frozenset(needs), run=run, summary=summary))
        return run

    return register


def run_probes(
    request: ProbeRequest, names: Sequence[str] | None = None
) -> tuple[list[ProbeResult], list[NotApplicable]]:
    """Results of the probes named (all of them where none are), and those that did not apply, with the
    reason.

    Raises:
        UsageError: There is no probe of that name (DLA106).
    """
    results: list[ProbeResult] = []
    left_out: list[NotApplicable] = []
    for name in names if names is not None else list(PROBES):
        found = PROBES.get(name)
        missing = sorted(found.needs - {Capability(one) for one in request.capabilities})
        try:
            if missing:
                raise CannotProbeError(f"the model has no {' and no '.join(missing)}")
            results += found.run(request)
        except CannotProbeError as error:
            left_out.append(NotApplicable(what=f"probe {name}", reason=str(error)))
    return results, left_out
