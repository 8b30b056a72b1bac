"""What holds of every output: its name and file, its encoding, and that the same audit gives the same bytes."""

import pytest
from report_audits import ALL
from report_policy import with_policy

from dlaudit.outputs.directory import OURS
from dlaudit.outputs.registry import OUTPUTS
from dlaudit.record.files import dump, parse


def test_outputs_are_registered_under_their_files():
    assert {name: output.file for name, output in OUTPUTS.items()} == {
        "html": "report.html",
        "markdown": "summary.md",
        "junit": "junit.xml",
        "sarif": "audit.sarif",
        "csv": "disparities.csv",
        "contributions": "contributions.csv",
        "gitlab": "gl-code-quality.json",
        "github": "",
        "model-card": "",
    }


def test_every_file_of_an_output_is_one_that_a_run_may_hold_and_has_a_reader():
    for _name, output in OUTPUTS.items():
        assert output.file in OURS | {""} and output.reader


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_every_output_renders_every_audit_as_utf_8(name, output):
    OUTPUTS.get(output).render(*ALL[name]()).encode("utf-8")


@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_the_same_audit_gives_the_same_bytes_as_does_one_that_was_saved(output):
    render = OUTPUTS.get(output).render
    audit, verdict = with_policy()
    first = render(audit, verdict)
    assert first == render(*with_policy())
    assert first == render(*parse(dump(audit, verdict)))
