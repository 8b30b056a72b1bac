"""`dlaudit plan`: what a policy can decide at given slice sizes."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.helping import SectionedCommand
from dlaudit.cli.options import answer_options, column_options, policy_options
from dlaudit.cli.streams import echo_json
from dlaudit.errors import Place, UsageError, shown

if TYPE_CHECKING:
    from dlaudit.spec import Config
    from dlaudit.stages.plan import Supposition
    from dlaudit.stages.plan_sizes import Sizes

_SECTIONS = {
    "Labelled data instead of a run": ("data", "target", "sensitive", "demographics", "join"),
    "Bare sizes instead of a run": ("sizes",),
    "What is supposed": ("rate", "gap", "churn", "samples"),
    "Policy and settings": ("rule", "config", "no_config", "settings"),
    "Output": ("shape", "progress", "quiet", "verbose"),
}
_MOST_DIGITS = 15
"""Of the rows of a slice: sums of such numbers are exact."""


@click.command("plan", cls=SectionedCommand, sections=_SECTIONS)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--data", metavar="FILE", help="Evaluation set: CSV, JSONL or Parquet; only labels and slices are read.")
@column_options
@click.option("--sizes", metavar="LIST", multiple=True, help="'[FEATURE:]LEVEL=ROWS,LEVEL=ROWS'; repeat for features.")
@click.option("--rate", metavar="METRIC=P", multiple=True, help="Rate to suppose, as selection_rate=0.3; repeatable.")
@click.option("--gap", type=click.FloatRange(0, 1, min_open=True), metavar="G", help="Gap to look for [2 x the limit].")
@click.option("--churn", metavar="P", multiple=True, help="Flipped decisions, as 2%; repeatable [1% and 5%].")
@click.option("--samples", type=click.IntRange(1), metavar="N", help="Samples of each kind [200, or 8 seconds].")
@policy_options
@answer_options
def command(**flags: Any) -> int:
    """Say what the rules can decide at these slice sizes, and how much data would decide more.

    \b
    dlaudit plan dlaudit-report --rule 'selection_rate.ratio by race >= 0.8'
    dlaudit plan --data test.csv --target y --sensitive race --rate true_positive_rate=0.8
    dlaudit plan --sizes White=1200,Black=300 --rule 'selection_rate.difference by race <= 0.1'

    RUN is the directory of a finished run: its slices, denominators and rates are taken. With --data, rows and labels
    are counted and no model is run; the rates are those of --rate, else each rule's planning_rate. With neither, the
    data of dlaudit.toml is counted.

    The gate judges samples in which all slices are alike, and samples in which one slice, each in turn, has the gap.
    --gap G is a difference of rates; of a ratio rule it is 1 minus the ratio.

    Of a rule on a drop (max_drop), also one that the baseline of [baseline] brings: the chances where a share of the
    decisions flips at random (--churn), and where one slice got worse by G. Always exits 0.
    """
    from dlaudit.cli.run_spec import laid_over

    config = laid_over(flags)
    _check_gap(flags["gap"])
    rates, sizes = dict(_rate(text) for text in flags["rate"]), _sizes(flags["sizes"])
    churns = tuple(_churn(text) for text in flags["churn"])
    _one_source(flags)

    from dlaudit.cli.plan_text import plan_lines
    from dlaudit.cli.progress import progress_for
    from dlaudit.engines.progress import Silent
    from dlaudit.gate import check_policy
    from dlaudit.metrics.names import metric_named
    from dlaudit.stages.check_baseline import with_brought
    from dlaudit.stages.plan import Supposition, need_rules, plan
    from dlaudit.stages.plan_drop import CHURNS
    from dlaudit.stages.run_side import read_side

    place = config.spec.baseline.path
    side = None if place is None or sizes else read_side(place)
    if side is None and not flags["run"]:
        need_rules(config.spec.policy)
    check_policy(config.spec.policy)
    for name in rates:
        metric_named(name)
    progress = progress_for(flags["progress"], quiet=flags["quiet"]) or Silent()
    supposition = Supposition(
        gap=flags["gap"], rates=rates, samples=flags["samples"], churns=churns or CHURNS, progress=progress
    )
    source = _source(flags["run"], sizes, config, supposition)
    policy, brought = with_brought(source, config.spec.policy, side)
    found = plan(source, policy, replace(supposition, brought=brought))
    progress.close()
    if flags["shape"] == "json":
        echo_json(found.model_dump(mode="json"))
    else:
        click.echo("\n".join(plan_lines(found)))
    return 0


def _source(run: str | None, sizes: dict[str, dict[str, int]], config: "Config", supposition: "Supposition") -> "Sizes":
    from dlaudit.stages.plan_sizes import sizes_given, sizes_of_data, sizes_of_run

    spec = config.spec
    if sizes:
        _check_levels(sizes, spec.slices.max_levels)
        return sizes_given(sizes, spec.policy, supposition.rates, spec.slices.min_size)
    if run is not None:
        from dlaudit.record.files import read

        return sizes_of_run(read(run)[0], spec.policy, f"the finished run {shown(run, limit=60, quote=False)}")
    if spec.data.path is None:
        raise UsageError(
            "DLA111",
            "nothing to plan for was given",
            expected="RUN, --data FILE, or --sizes LEVEL=ROWS,LEVEL=ROWS",
            fix="For example `dlaudit plan --sizes White=1200,Black=300 --rule 'selection_rate.ratio by race >= 0.8'`.",
        )
    from dlaudit.cli.run_spec import must_exist

    must_exist(Path(spec.data.path))
    return sizes_of_data(spec, supposition.rates, supposition.progress)


def _one_source(flags: dict[str, Any]) -> None:
    given = [name for name in ("run", "data", "sizes") if flags[name]]
    if len(given) > 1:
        raise UsageError(
            "DLA101",
            f"{' and '.join({'run': 'RUN', 'data': '--data', 'sizes': '--sizes'}[name] for name in given)} were given",
            expected="one of a finished run, labelled data and bare sizes",
            fix="Leave the others out.",
        )


def _check_gap(gap: float | None) -> None:
    """Refuse NaN, which lies within no range and is refused by none."""
    if gap is not None and math.isnan(gap):
        raise UsageError("DLA101", "--gap is no number", expected="a number above 0, 1 at most", fix="Correct --gap.")


def _rate(text: str) -> tuple[str, float]:
    """`selection_rate=0.3`, or `30%`."""
    name, sign, number = text.partition("=")
    try:
        rate = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        rate = -1.0
    if not sign or not 0 < rate < 1:
        raise UsageError(
            "DLA101",
            f"--rate {shown(text, limit=80)} names no metric and rate",
            expected="METRIC=P with P between 0 and 1",
            fix="For example --rate selection_rate=0.3.",
        )
    return name.strip(), rate


def _churn(text: str) -> float:
    """`2%` or `0.02`; 0 for none."""
    try:
        churn = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        churn = -1.0
    if not 0 <= churn < 1:
        raise UsageError(
            "DLA101",
            f"--churn {shown(text, limit=80)} is no share of decisions",
            expected="a number from 0 up to 1, or a percentage",
            fix="For example --churn 2%.",
        )
    return churn


def _sizes(texts: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """`race:White=1200,Black=300` as feature to level to rows; the feature `` stands for any."""
    found: dict[str, dict[str, int]] = {}
    for text in texts:
        head, colon, tail = text.partition(":")
        feature, pairs = (head.strip(), tail) if colon and "=" not in head else ("", text)
        feature = " & ".join(sorted(part.strip() for part in feature.split("&")))
        for pair in pairs.split(","):
            level, _, rows = pair.rpartition("=")
            digits = rows.strip().replace("_", "")
            if (
                not level.strip()
                or not digits.isdecimal()
                or len(digits) > _MOST_DIGITS
                or int(digits) == 0
                or level.strip() in found.get(feature, {})
            ):
                raise _wrong_sizes(text, pair)
            found.setdefault(feature, {})[level.strip()] = int(digits)
    return found


def _check_levels(sizes: dict[str, dict[str, int]], most: int) -> None:
    """Refuse a feature that no audit would take: all pairs of its levels would be judged, sample by sample."""
    for feature, levels in sizes.items():
        if len(levels) > most and "&" not in feature:
            raise UsageError(
                "DLA408",
                f"--sizes has {len(levels):,} levels",
                place=Place(key="--sizes"),
                expected=f"at most {most:,}, as in an audit",
                fix="Give fewer, larger levels, or raise slices.max_levels.",
            )


def _wrong_sizes(text: str, pair: str) -> UsageError:
    return UsageError(
        "DLA101",
        f"{shown(pair)} is no level with its rows, or a level that was given before",
        place=Place(key="--sizes"),
        expected="[FEATURE:]LEVEL=ROWS,LEVEL=ROWS with rows of 1 or more, in 15 digits at most",
        fix=f"Correct {shown(text, limit=80)}, for example --sizes White=1200,Black=300.",
    )
