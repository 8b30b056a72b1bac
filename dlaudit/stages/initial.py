"""`dlaudit init`: a dlaudit.toml that pins what model and data are, so that a run guesses nothing."""

from collections.abc import Mapping
from typing import Any

from dlaudit.errors import shown
from dlaudit.models.host import Host
from dlaudit.stages.prepare import Subject, prepare
from dlaudit.stages.request import Request

_HEAD = """\
# Written by `dlaudit init`. Every key: `dlaudit schema config`, docs/reference/config.md.
# `dlaudit check` says what a run would do, `dlaudit run` runs.
"""
_RULE = """\

# A rule makes the run a gate: exit code 1 where the gap is shown to be larger, 4 where these rows cannot tell.
# `dlaudit plan` says how many rows would. The limit is yours to choose.
# [[rule]]
# metric = "{metric}"
# {by}
# max = 0.1

# `dlaudit baseline accept RUN` keeps a run as a file to commit; later runs fail where a slice's error rates got worse.
# [baseline]
# path = "dlaudit-baseline.json"
"""
_METRICS = {
    "binary": "selection_rate.difference",
    "multiclass": "accuracy.difference",
    "multilabel": "true_positive_rate.difference",
    "regression": "mean_absolute_error.difference",
}


def initial_config(request: Request, host: Host | None, given: Mapping[str, Any]) -> str:
    """The text of a dlaudit.toml for this model and data.

    Args:
        request: The audit that the flags ask for.
        host: Where the model lives; None for given scores.
        given: What the flags said, as nested tables.

    Raises:
        DlauditError: Any fault that the audit would meet before it measures.
    """
    import tomli_w

    subject = prepare(request, host)
    tables = _merged(given, _settled(subject))
    why = {guess.what: guess.why for guess in subject.guesses}
    parts = [_with_remarks(name, tomli_w.dumps({name: tables[name]}), why) for name in tables]
    feature = tomli_w.dumps({"by": subject.roles.groups[0]}).strip()
    rule = _RULE.format(metric=_METRICS[subject.labels.task], by=feature)
    return "\n".join([f"{_HEAD}schema = 1\n", *parts]) + rule


def _with_remarks(table: str, text: str, why: Mapping[str, str]) -> str:
    """The table with a remark above every key that was guessed."""
    lines = []
    for line in text.splitlines():
        reason = why.get(f"{table}.{line.partition(' = ')[0]}")
        if reason is not None:
            lines.append(f"# guessed: {shown(reason, limit=100, quote=False)}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _settled(subject: Subject) -> dict[str, dict[str, Any]]:
    """What was given or guessed of columns, labels and outputs, by table and key."""
    spec, roles, labels = subject.spec, subject.roles, subject.labels
    model = {
        "task": labels.task,
        "output": None if subject.host is None else subject.output,
        "positive": labels.positive,
        "threshold": spec.model.threshold if labels.task in ("binary", "multilabel") else None,
    }
    data = {"target": roles.target[0] if len(roles.target) == 1 else list(roles.target), "id": roles.id}
    slices = {"sensitive": list(roles.sensitive)}
    tables: dict[str, dict[str, Any]] = {"model": model, "data": data, "slices": slices}
    return {name: {key: value for key, value in one.items() if value is not None} for name, one in tables.items()}


def _merged(under: Mapping[str, Any], over: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Both, table by table; single keys first, as TOML wants them, then model, data and slices."""
    merged = {name: value for name, value in under.items() if value and not isinstance(value, dict)}
    merged |= {name: {**under.get(name, {}), **table} for name, table in over.items()}
    return merged | {name: table for name, table in under.items() if isinstance(table, dict) and name not in over}
