"""The outputs by name: each makes one file, or text for the terminal, of an Audit and its Verdict."""

from collections.abc import Callable
from dataclasses import dataclass

from dlaudit.outputs.contributions import render_contributions
from dlaudit.outputs.csv import render_csv
from dlaudit.outputs.github import render_github
from dlaudit.outputs.html import render_html
from dlaudit.outputs.junit import render_junit
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.sarif import render_sarif
from dlaudit.record import Audit, Verdict
from dlaudit.registry import Registry


@dataclass(frozen=True)
class Output:
    """One rendering of an audit."""

    file: str
    """Name in a run's directory; empty for one that is only printed."""
    render: Callable[[Audit, Verdict | None], str]
    """The text of it."""


OUTPUTS: Registry[Output] = Registry("output")
"""Every output by the name that `--format` and `dlaudit list outputs` use."""

OUTPUTS.add("html", Output("report.html", render_html))
OUTPUTS.add("markdown", Output("summary.md", render_markdown))
OUTPUTS.add("junit", Output("junit.xml", render_junit))
OUTPUTS.add("sarif", Output("audit.sarif", render_sarif))
OUTPUTS.add("csv", Output("disparities.csv", render_csv))
OUTPUTS.add("contributions", Output("contributions.csv", render_contributions))
OUTPUTS.add("github", Output("", render_github))
