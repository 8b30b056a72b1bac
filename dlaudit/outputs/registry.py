"""The outputs by name: each makes one file, or text for the terminal, of an Audit and its Verdict."""

from collections.abc import Callable
from dataclasses import dataclass

from dlaudit.outputs.contributions import render_contributions
from dlaudit.outputs.csv import render_csv
from dlaudit.outputs.github import render_github
from dlaudit.outputs.gitlab import render_gitlab
from dlaudit.outputs.html import render_html
from dlaudit.outputs.junit import render_junit
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.model_card import render_model_card
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
    reader: str = ""
    """Who reads it, in a few words."""
    for_people: bool = False
    """Whether people read it, so that it speaks their language; what machines read is English."""


OUTPUTS: Registry[Output] = Registry("output")
"""Every output by the name that `--format` and `dlaudit list outputs` use."""

OUTPUTS.add("html", Output("report.html", render_html, for_people=True, reader="people: the report"))
OUTPUTS.add(
    "markdown", Output("summary.md", render_markdown, for_people=True, reader="people, as a comment on a pull request")
)
OUTPUTS.add("junit", Output("junit.xml", render_junit, reader="GitHub's test reporters, GitLab, Jenkins"))
OUTPUTS.add("sarif", Output("audit.sarif", render_sarif, reader="GitHub code scanning, SARIF viewers"))
OUTPUTS.add("csv", Output("disparities.csv", render_csv, reader="spreadsheets, pandas: every gap"))
OUTPUTS.add(
    "contributions",
    Output("contributions.csv", render_contributions, reader="spreadsheets, pandas: what gaps are made of"),
)
OUTPUTS.add("gitlab", Output("gl-code-quality.json", render_gitlab, reader="GitLab's code-quality widget"))
OUTPUTS.add(
    "model-card",
    Output(
        "", render_model_card, for_people=True, reader="people, the Hugging Face Hub (report RUN --print model-card)"
    ),
)
OUTPUTS.add("github", Output("", render_github, reader="GitHub Actions: annotations (--format github)"))
