"""dlaudit: bias and interpretability audits of deep models.

The Python API mirrors the command line::

    audit = dlaudit.audit(model=net, data=frame, target="approved", sensitive=["sex", "race"])
    verdict = dlaudit.judge(audit, dlaudit.Policy.from_rules("selection_rate.ratio by race >= 0.8"))
    audit.to_html("report.html", verdict)
"""

from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlaudit.audit import audit as _audit
from dlaudit.version import __version__ as __version__

if TYPE_CHECKING:
    from dlaudit.audit import audit_config as audit_config
    from dlaudit.audit import audit_spec as audit_spec
    from dlaudit.errors import DlauditError as DlauditError
    from dlaudit.gate import judge as judge
    from dlaudit.integrations.asserting import assert_rule as assert_rule
    from dlaudit.integrations.conversions import disparities_frame as disparities_frame
    from dlaudit.integrations.conversions import measurements_frame as measurements_frame
    from dlaudit.integrations.conversions import to_metric_frame as to_metric_frame
    from dlaudit.integrations.conversions import write_report as write_report
    from dlaudit.integrations.planning import plan as plan
    from dlaudit.metrics.registry import metric as metric
    from dlaudit.record import Audit as Audit
    from dlaudit.record import Verdict as Verdict
    from dlaudit.record.files import read as read_run  # noqa: F401 - public under its own name
    from dlaudit.spec import AuditSpec as AuditSpec
    from dlaudit.spec import Policy as Policy
    from dlaudit.spec import Rule as Rule

_LAZY = {
    "Audit": "dlaudit.record",
    "AuditSpec": "dlaudit.spec",
    "DlauditError": "dlaudit.errors",
    "Policy": "dlaudit.spec",
    "Rule": "dlaudit.spec",
    "Verdict": "dlaudit.record",
    "assert_rule": "dlaudit.integrations.asserting",
    "audit_config": "dlaudit.audit",
    "audit_spec": "dlaudit.audit",
    "disparities_frame": "dlaudit.integrations.conversions",
    "judge": "dlaudit.gate",
    "measurements_frame": "dlaudit.integrations.conversions",
    "metric": "dlaudit.metrics.registry",
    "plan": "dlaudit.integrations.planning",
    "read_run": "dlaudit.record.files:read",
    "to_metric_frame": "dlaudit.integrations.conversions",
    "write_report": "dlaudit.integrations.conversions",
}

__all__ = ["__version__", "audit", *sorted(_LAZY)]


@wraps(_audit)
def audit(*args: Any, **keywords: Any) -> "Audit":  # noqa: D103 - the docstring is the wrapped function's
    from dlaudit.integrations.methods import bind

    bind()
    return _audit(*args, **keywords)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'dlaudit' has no attribute {name!r}")
    if name in {"Audit", "read_run"}:
        from dlaudit.integrations.methods import bind

        bind()
    module, _, attribute = _LAZY[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
