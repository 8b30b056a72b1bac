"""From the flags of `dlaudit run` to a specification that is whole and consistent, before anything is loaded."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import Place, UsageError, nearest, shown

if TYPE_CHECKING:
    from dlaudit.spec import Added, Config

_FLAGS = {
    "model.path": "model",
    "model.code": "code",
    "model.trust": "trust",
    "data.path": "data",
    "data.target": "target",
    "data.demographics": "demographics",
    "data.join": "join",
    "scores": "score",
    "against.model": "against_model",
    "against.scores": "against_score",
    "baseline.path": "baseline",
    "slices.sensitive": "sensitive",
    "run.engine": "engine",
    "run.seed": "seed",
    "run.device": "device",
    "run.batch_size": "batch_size",
    "explain.budget": "explain_budget",
    "explain.methods": "explain",
    "report.examples": "examples",
}
_TABLES = (".csv", ".tsv", ".jsonl", ".parquet")
_EXAMPLE = "`dlaudit run model.pt2 --data test.csv --target approved --sensitive race,sex`"


def configured(flags: dict[str, Any]) -> "Config":
    """The configuration file with the flags laid over it; model, data and every file named are there.

    Raises:
        UsageError: Flags contradict each other or the file (DLA101), a file is missing (DLA111), or the configuration
            is wrong (DLA101 to DLA112), or a rule compares a feature that it does not declare (DLA106).
    """
    from dlaudit.gate.known import check_declared_features

    _must_agree(flags)
    config = laid_over(flags)
    must_be_whole(config)
    check_declared_features(config.spec.policy, config.spec.slices)
    return config


def laid_over(flags: dict[str, Any]) -> "Config":
    """The configuration file with the flags laid over it, whole or not.

    Raises:
        UsageError: Flags contradict the file, or the configuration is wrong (DLA101 to DLA112).
    """
    from dlaudit.spec import find_config, load_config

    path = flags["config"] or (None if flags["no_config"] else find_config(Path.cwd()))
    return load_config(path, given_tables(flags), added_policy(flags["rule"], flags.get("profile") or ()))


def given_tables(flags: dict[str, Any]) -> dict[str, Any]:
    """What flags and `--set` say, as the tables of a configuration file.

    Raises:
        UsageError: A key is given twice (DLA101).
    """
    from dlaudit.cli.baseline_asked import must_not_be_blank
    from dlaudit.spec.settings import nested, setting

    must_not_be_blank(flags.get("baseline"))
    given: dict[str, Any] = dict(setting(text) for text in flags["settings"])
    for key, value in _given(flags).items():
        if key in given:
            raise UsageError("DLA101", f"{key} is given by a flag and by --set", fix="Give it once.")
        given[key] = value
    return nested(given)


def input_files(config: "Config") -> list[Path]:
    """Every file and folder that the run reads."""
    from dlaudit.spec.files import named_files

    return [*map(Path, named_files(config.spec).values()), *config.files]


def _must_agree(flags: dict[str, Any]) -> None:
    if flags["model"] and (flags["scores"] or flags["score"]):
        raise UsageError(
            "DLA101",
            "both a model and scores were given",
            expected="MODEL --data FILE, or --scores FILE --score COLUMN",
            fix="Leave one of them out: a model makes the scores itself.",
        )
    if flags["scores"] and flags["data"]:
        raise UsageError(
            "DLA101",
            "both --scores and --data were given",
            expected="one file with scores, labels and sensitive columns",
            fix="Leave --data out; sensitive columns may stand in a second file (--demographics FILE --join COLUMN).",
        )


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    given = {key: flags[flag] for key, flag in _FLAGS.items() if flags.get(flag) not in (None, [])}
    if given.get("baseline.path") == "none":
        given["baseline.path"] = None
    if given.get("explain.methods") == ["auto"]:
        given["explain.methods"] = "auto"
    if len(given.get("data.target", [])) == 1:
        given["data.target"] = given["data.target"][0]
    if flags.get("scores"):
        given["data.path"] = flags["scores"]
    if flags.get("model"):
        given["scores"] = []
    if flags.get("no_rows"):
        given["run.rows"] = False
    without = given.get("explain.methods") == ["none"]  # people type it: --explain-budget takes none, too
    if without:
        del given["explain.methods"]
    if without or flags.get("no_explain"):
        given["explain.enabled"] = False
    return given


def added_policy(rules: Sequence[str], profiles: Sequence[str] = ()) -> "Added":
    """What `--rule` and `--profile` add to the policy of the file, whose metrics are looked up as it is read."""
    from dlaudit.gate.known import metric_fault
    from dlaudit.gate.possible import known_limit_fault
    from dlaudit.spec import Added, Rule

    return Added(
        rules=[Rule.parse(text) for text in rules],
        profiles=list(profiles),
        metric_fault=metric_fault,
        limit_fault=known_limit_fault,
    )


def must_be_whole(config: "Config") -> None:
    """Refuse a configuration that names nothing to audit, or a file that is not there.

    Raises:
        UsageError: DLA111.
    """
    spec = config.spec
    named = Path(spec.model.path) if spec.model.path else None
    if named is not None and spec.data.path is None and named.suffix.lower() in _TABLES:
        raise UsageError(
            "DLA111",
            f"{shown(named, limit=200)} is data by its name, and no model was given",
            expected="MODEL --data FILE, or --scores FILE --score COLUMN",
            fix=f"For example {_EXAMPLE}.",
        )
    if named is None and not spec.scores:
        lacks = "--score COLUMN, the column of scores" if spec.data.path else "MODEL --data FILE, or --scores FILE"
        raise UsageError(
            "DLA111",
            "no model and no score column were given" if spec.data.path else "nothing to audit was given",
            expected=f"MODEL, or {lacks}" if spec.data.path else lacks,
            fix=f"For example {_EXAMPLE}; see `dlaudit run --help`.",
        )
    if spec.data.path is None:
        raise UsageError(
            "DLA111", "no data was given", expected="--data FILE", fix=f"Name the evaluation set, as in {_EXAMPLE}."
        )
    models = [] if spec.scores else [spec.model.path, spec.model.code, spec.against.model, spec.against.code]
    for path in [*models, spec.data.path, spec.data.demographics, config.file]:
        if path:
            must_exist(Path(path))


def must_exist(path: Path) -> None:
    """Refuse a file that is not there.

    Raises:
        UsageError: DLA111, with the nearest name beside it.
    """
    if os.path.lexists(path):
        return
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    raise UsageError(
        "DLA111",
        "there is no such file",
        place=Place(file=str(path)),
        fix=f"Check the path.{nearest(path.name, beside)}",
    )
