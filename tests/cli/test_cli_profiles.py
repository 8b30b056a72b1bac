"""`dlaudit list profiles` and `dlaudit explain PROFILE`: what there is, from when, and that it claims nothing."""

import pytest
from click.testing import CliRunner

from dlaudit.cli.app import app
from dlaudit.spec.profile import profile_named, profile_names


def test_every_profile_is_listed_with_its_date_and_its_rules() -> None:
    told = CliRunner().invoke(app, ["list", "profiles"]).stdout.splitlines()
    assert [line.split()[0] for line in told] == profile_names()
    assert all("(as of 20" in line and "rules: " in line for line in told)


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_explained_with_its_source_its_status_and_its_rules(name: str) -> None:
    told, found = CliRunner().invoke(app, ["explain", name]).stdout, profile_named(name)
    assert found.source in told and f"Status as of {found.as_of}" in told
    assert f"What was read: {' '.join(found.read.split())}" in told
    assert all(table.title in told for table in found.table)
    assert "the source sets no limit" in told or all(str(rule.id) in told for rule in found.rule)
