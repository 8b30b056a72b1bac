"""Experiments on the model and its inputs."""

from dlaudit.probes import concepts as _concepts  # noqa: F401 - registers itself
from dlaudit.probes import proxies_together as _proxies_together  # noqa: F401 - registers itself
from dlaudit.probes import proxy as _proxy  # noqa: F401 - registers itself
from dlaudit.probes.registry import PROBES as PROBES
from dlaudit.probes.registry import Probe as Probe
from dlaudit.probes.registry import probe as probe
from dlaudit.probes.registry import run_probes as run_probes
from dlaudit.probes.request import CannotProbeError as CannotProbeError
from dlaudit.probes.request import ProbeRequest as ProbeRequest
