"""`dlaudit selfcheck`: how often a policy fires where there is nothing to find."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.helping import SectionedCommand
from dlaudit.cli.options import answer_options, column_options, policy_options, split_names
from dlaudit.cli.streams import echo_json
from dlaudit.errors import UsageError, shown

if TYPE_CHECKING:
    from dlaudit.engines.progress import Progress
    from dlaudit.stages.selfcheck import Loaded

_SECTIONS = {
    "Given scores instead of a run": ("scores", "score", "target", "sensitive", "demographics", "join"),
    "Permutations": ("permutations", "seed"),
    "Policy and settings": ("rule", "config", "no_config", "settings"),
    "Output": ("shape", "progress", "quiet", "verbose"),
}


@click.command("selfcheck", cls=SectionedCommand, sections=_SECTIONS)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--scores", metavar="FILE", help="Predictions file: scores, labels, sensitive columns.")
@click.option(
    "--score", multiple=True, callback=split_names, metavar="COL", help="Its score column; repeat for classes."
)
@column_options
@click.option("--permutations", type=click.IntRange(1), default=200, metavar="N", help="How many [200].")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed of the permutations [0].")
@policy_options
@answer_options
def command(**flags: Any) -> int:
    """Say how often these rules fire on this data when slices are dealt out at random, so that all are alike.

    \b
    dlaudit selfcheck dlaudit-report --rule 'selection_rate.ratio by race >= 0.8'
    dlaudit selfcheck --scores preds.csv --score p --target y --sensitive sex
    dlaudit selfcheck dlaudit-report --config dlaudit.toml --permutations 1000

    RUN is the directory of a finished run that kept its rows; no model is run. Give the run's dlaudit.toml where it
    has bins or unknown texts. Beside each rule stands the same limit on the bare estimates. It tests equality: how
    often a gap on the limit would fail is not seen here. Always exits 0.
    """
    from dlaudit.cli.progress import progress_for
    from dlaudit.engines.progress import Silent

    if flags["run"] and (flags["scores"] or flags["score"]):
        raise UsageError(
            "DLA101",
            "both RUN and --scores were given",
            expected="a finished run, or a predictions file",
            fix="Leave one of them out.",
        )
    progress = progress_for(flags["progress"], quiet=flags["quiet"]) or Silent()
    loaded, source = _loaded(flags, progress)

    from dlaudit.cli.selfcheck_text import selfcheck_lines
    from dlaudit.stages.selfcheck import Shuffle, selfcheck

    shuffle = Shuffle(permutations=flags["permutations"], seed=loaded.subject.spec.run.seed, progress=progress)
    found = selfcheck(loaded, source, shuffle)
    progress.close()
    if flags["shape"] == "json":
        echo_json(found.model_dump(mode="json"))
    else:
        click.echo("\n".join(selfcheck_lines(found)))
    return 0


def _loaded(flags: dict[str, Any], progress: "Progress") -> tuple["Loaded", str]:
    """The rows, and what they are from."""
    from dlaudit.cli.run_spec import laid_over, must_be_whole
    from dlaudit.gate import check_policy
    from dlaudit.stages.plan import need_rules
    from dlaudit.stages.selfcheck import load

    config = laid_over({**flags, "model": None})
    need_rules(config.spec.policy)
    check_policy(config.spec.policy)
    if flags["run"]:
        from dlaudit.record.files import read
        from dlaudit.stages.kept_rows import check_figures, check_slices, kept_rows_spec

        audit = read(flags["run"])[0]
        folder = Path(flags["run"])
        folder = folder if folder.is_dir() else folder.parent
        loaded = load(kept_rows_spec(audit, folder, config.spec), progress)
        check_slices(audit, loaded.table.slices)
        check_figures(audit, loaded.counts, loaded.table)
        return loaded, f"the finished run {shown(flags['run'], limit=60, quote=False)}"
    if not config.spec.scores:
        raise UsageError(
            "DLA111",
            "no finished run and no scores were given",
            expected="RUN, or --scores FILE --score COLUMN",
            fix="`dlaudit run` makes one; then `dlaudit selfcheck dlaudit-report`.",
        )
    must_be_whole(config)
    return load(config.spec, progress), f"the scores in {shown(config.spec.data.path, limit=60, quote=False)}"
