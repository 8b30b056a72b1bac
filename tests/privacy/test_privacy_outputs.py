"""Every output of a suppressed audit, searched for what it must not tell."""

import re
from html import unescape

from privacy_audits import SHARES, made

from dlaudit.gate import judge
from dlaudit.integrations.methods import bind
from dlaudit.integrations.notebook import repr_html
from dlaudit.outputs.registry import OUTPUTS
from dlaudit.outputs.terminal import terminal_summary
from dlaudit.record import Audit, Verdict
from dlaudit.record.files import dump
from dlaudit.record.privacy import suppressed
from dlaudit.spec import Policy

POLICY = Policy.from_rules(
    "selection_rate.ratio by race >= 0.8",
    "selection_rate.difference by sex <= 0.6",
    "true_positive_rate.difference by race & sex <= 0.2",
    "accuracy by race >= 0.2",
)
LIMITS = ("0.8", "0.6", "0.2")
"""What the rules allow: numbers that are no figures of a slice."""
LARGE = {
    ("White", "f"): (140, 130, 120, 160),
    ("White", "m"): (142, 111, 123, 147),
    ("Black", "f"): (150, 120, 130, 144),
    ("Black", "m"): (148, 133, 114, 150),
}
ONE = {
    ("Other", "f"): (1, 1, 1, 1),
    ("Other", "m"): (1, 1, 0, 1),
    ("Mixed", "f"): (4, 3, 3, 2),
    ("Mixed", "m"): (8, 5, 6, 3),
}
TWO = {
    ("Other", "f"): (2, 1, 0, 1),
    ("Other", "m"): (0, 1, 1, 1),
    ("Mixed", "f"): (3, 3, 4, 2),
    ("Mixed", "m"): (9, 5, 5, 3),
}
"""The same people in every margin that is shown, but others in the small slices."""


def judged(small: dict) -> tuple[Audit, Verdict]:
    audit, _ = made({**LARGE, **small})
    return audit, judge(audit, POLICY)


def everything(audit: Audit, verdict: Verdict | None) -> dict[str, str]:
    """Every output of an audit by its name."""
    outputs = {name: output.render(audit, verdict) for name, output in OUTPUTS.items()}
    outputs |= {"json": dump(audit, verdict), "notebook": repr_html(audit)}
    for width in (40, 80, 120):
        outputs[f"terminal {width}"] = terminal_summary(
            audit, verdict, width=width, color=False, report_path=None, elapsed=1.0
        )
    return outputs


def test_two_data_sets_that_differ_in_what_is_hidden_have_the_same_outputs_to_the_byte() -> None:
    """What cannot be told apart is not told: the strongest form of a search for hidden figures."""
    first, second = (everything(*suppressed(*judged(small), 11)) for small in (ONE, TWO))
    assert first.keys() >= set(dict(OUTPUTS.items()))
    for name, text in first.items():
        assert text == second[name], name


def test_the_outputs_of_those_data_sets_differ_where_everything_is_shown() -> None:
    first, second = (everything(*judged(small)) for small in (ONE, TWO))
    assert {"html", "json", "notebook"} <= {name for name, text in first.items() if text != second[name]}


def numbers_beside(text: str, names: tuple[str, ...]) -> set[str]:
    """Numbers that stand within 60 characters after one of the names, once tags and styles are taken out."""
    plain = re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]*>", " ", unescape(text), flags=re.DOTALL)
    plain = re.sub(r"and \d+ more|All other metrics \(\d+\)", "", plain)  # how many metrics there are counts nobody
    found: set[str] = set()
    for name in names:
        for place in re.finditer(rf"\b{name}\b", plain):
            found |= set(re.findall(r"\d[\d.,]*\d|\d", plain[place.end() : place.end() + 60]))
    return found


def test_no_output_has_a_number_beside_the_name_of_a_slice_that_is_not_shown() -> None:
    shown, told = suppressed(*judged(ONE), 11)
    assert {"race=Other", "race=Mixed"} <= {one.id for one in shown.suppression.slices}
    for name, text in everything(shown, told).items():
        assert numbers_beside(text, ("Other", "Mixed")) <= {"11", *LIMITS}, name


def test_the_same_search_finds_numbers_beside_them_where_everything_is_shown() -> None:
    found = everything(*judged(ONE))
    assert len(numbers_beside(found["html"], ("Other", "Mixed"))) > 10


def test_every_output_says_that_figures_are_not_shown() -> None:
    shown, told = suppressed(*judged(ONE), 11)
    for name in ("html", "markdown", "json", "junit"):
        assert "fewer than 11" in everything(shown, told)[name], name


def test_a_report_of_an_audit_that_asked_for_small_cells_hides_them(tmp_path) -> None:
    bind()
    audit, verdict = judged(ONE)
    page = audit.with_small_cells(11).to_html(tmp_path / "report.html", verdict).read_text(encoding="utf-8")
    other = judged(TWO)[0].with_small_cells(11)
    assert page == other.to_html(tmp_path / "other.html", judged(TWO)[1]).read_text(encoding="utf-8")
    assert dump(audit.with_small_cells(11), None) == dump(audit, None)
    assert audit.without_small_cells(11) == suppressed(audit, None, 11)[0]
    assert repr_html(audit.with_small_cells(11)) == repr_html(audit.without_small_cells())


def test_the_example_says_what_it_means_to() -> None:
    """Sums over the small slices agree in every margin, so that only the hidden figures differ."""
    for at in range(4):
        for sex in ("f", "m"):
            sums = [sum(cells[at] for place, cells in small.items() if place[1] == sex) for small in (ONE, TWO)]
            assert sums[0] == sums[1]
    assert len(SHARES) == 7
