"""An audit from end to end: the flow of docs/architecture.md, and the Python API's front door."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlaudit.models.host import Host
    from dlaudit.record import Audit
    from dlaudit.spec import AuditSpec, Config
    from dlaudit.stages.request import Audited, Request


def run(request: "Request") -> "Audited":
    """Audit what `request` names: load, score, measure, discover, explain, find.

    Raises:
        DlauditError: Any fault of the configuration, the model, the data or the user's code; nothing is written.
    """
    from dlaudit.stages.against import against
    from dlaudit.stages.against_base import Finished
    from dlaudit.stages.assemble import assemble
    from dlaudit.stages.baseline import with_baseline
    from dlaudit.stages.discover import discover
    from dlaudit.stages.examples import examples, with_examples
    from dlaudit.stages.explain import explain
    from dlaudit.stages.measure import measure
    from dlaudit.stages.prepare import prepare
    from dlaudit.stages.request import Audited, Stopwatch
    from dlaudit.stages.sanity import looked_over
    from dlaudit.stages.score import score

    if request.spec.baseline.path is not None:
        return with_baseline(request, run)
    clock = Stopwatch(request.progress)
    with clock.stage("load"):
        host = open_host(request)
    with host or nullcontext():
        with clock.stage("prepare"):
            subject = prepare(request, host)
        with clock.stage("score", subject.raw.rows):
            scored = score(subject, request, request.progress)
        with clock.stage("measure"):
            measured = measure(subject, scored)
        with clock.stage("discover"):
            discovered = discover(subject, scored, measured)
        with clock.stage("explain"):
            explained = explain(subject, scored, measured, request.progress)
            explained = looked_over(explained, subject, scored, measured)
        rows_shown = None
        if request.spec.report.examples != "none":
            with clock.stage("examples"):
                rows_shown = examples(subject, scored, measured, explained)
    done = Finished(subject=subject, scored=scored, measured=measured, explained=explained)
    base = against(request, done, open_host, clock)
    with clock.stage("find"):
        audit = assemble(request, subject, scored, measured, discovered, explained, clock, base)
    audit = with_examples(audit, rows_shown)
    request.progress.close()
    predictions = request.keep / "predictions.parquet" if request.keep is not None else None
    rows = None if measured.rows is None else (measured.rows, measured.table)
    audit = audit.with_small_cells(request.spec.report.small_cells)
    kept = explained.rows
    table = None if kept is None else kept.table
    return Audited(audit=audit, predictions=predictions, attributions=table, explained=kept, rows=rows)


def open_host(request: "Request") -> "Host | None":
    """Where the model lives: a limited child process for a file, this process for the caller's object, or nowhere."""
    from dlaudit.errors import UsageError

    spec = request.spec
    if request.model is not None:
        from dlaudit.models.local_host import wrap_model

        return wrap_model(
            request.model,
            preprocess=request.preprocess,
            postprocess=request.postprocess,
            device=spec.run.device,
        )
    if spec.scores:
        return None
    if spec.model.path is None:
        raise UsageError(
            "DLA111",
            "there is no model and no score column",
            expected="a model file, or --score COLUMN for a predictions file",
            fix="dlaudit run model.pt2 --data test.csv …, or dlaudit run --scores preds.csv --score p …",
        )
    from dlaudit.models.child_host import open_model

    return open_model(spec.model, spec.run)


def audit(
    model: Any = None,
    data: Any = None,
    *,
    target: str | Sequence[str] | None = None,
    sensitive: Sequence[str] | None = None,
    scores: Sequence[str] | str | None = None,
    preprocess: Callable[[Any], Any] | None = None,
    postprocess: Callable[[Any], Any] | None = None,
    against: Any = None,
    config: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
) -> "Audit":
    """The Audit of a model on an evaluation set, or of given scores.

    Args:
        model: A file's path (loaded in a limited child process), or any callable or `nn.Module` of yours: it runs in
            this process on the tensors that `preprocess` makes, or on the float32 matrix of the feature columns.
        data: A file's path, a pandas DataFrame or an Arrow table.
        target: Label column; several for multilabel.
        sensitive: Demographic columns. They are never model inputs unless `data.features` names them.
        scores: Score column or columns of `data`: no model runs.
        preprocess: Raw rows (a DataFrame) to a Tensor, a tuple or a dict of Tensors.
        postprocess: Raw outputs to scores `[n]` or `[n, k]`.
        against: The base that `model` was made from, compared with it on the same rows: a file's path, or a callable
            or `nn.Module` of yours with the same `preprocess` and `postprocess`; of given scores, its score column.
        config: A dlaudit.toml for all that is not given here; what is given here wins. Its rules are not applied:
            `judge` does that.
        settings: Further keys of dlaudit.toml with dots, as `{"model.threshold": 0.8, "run.seed": 1}`.

    Returns:
        The Audit. Nothing is written to disk.

    Raises:
        DlauditError: Any fault of the input; see `dlaudit.errors`.
    """
    from dlaudit.stages.request import Request

    given = {"model": model, "data": data, "target": target, "sensitive": sensitive, "scores": scores}
    asked = asked_config({**given, "against": against, "config": config, "settings": settings})
    request = Request(
        spec=asked.spec,
        model=None if isinstance(model, str | Path) else model,
        against=against if callable(against) else None,
        frame=None if isinstance(data, str | Path) else data,
        preprocess=preprocess,
        postprocess=postprocess,
    )
    audited = run(request)
    return audited.audit.with_rows(audited.rows).with_explained(audited.explained)


def asked_config(arguments: Mapping[str, Any]) -> "Config":
    """The configuration that the arguments of `audit` come to.

    Args:
        arguments: By their names; those that are absent were not given.

    Raises:
        UsageError: The configuration is wrong.
    """
    from dlaudit.spec import load_config
    from dlaudit.spec.settings import nested

    model, data, target, sensitive, scores, against = (
        arguments.get(name) for name in ("model", "data", "target", "sensitive", "scores", "against")
    )
    given: dict[str, Any] = dict(arguments.get("settings") or {})
    for key, value in {
        "model.path": str(model) if isinstance(model, str | Path) else None,
        "data.path": str(data) if isinstance(data, str | Path) else None,
        "data.target": list(target) if target is not None and not isinstance(target, str) else target,
        "slices.sensitive": [sensitive] if isinstance(sensitive, str) else sensitive and list(sensitive),
        "scores": [scores] if isinstance(scores, str) else scores and list(scores),
        **_base_named(against, scores),
    }.items():
        if value is not None:
            given[key] = value
    return load_config(arguments.get("config"), nested(given))


def _base_named(against: Any, scores: Sequence[str] | str | None) -> dict[str, Any]:
    """Keys of `[against]` for a base that is named rather than given as an object."""
    if against is None or callable(against):
        return {}
    if scores is None:
        return {"against.model": str(against)}
    return {"against.scores": [against] if isinstance(against, str) else list(against)}


def audit_spec(spec: "AuditSpec") -> "Audit":
    """The Audit that a specification asks for.

    Raises:
        DlauditError: Any fault of the input.
    """
    from dlaudit.stages.request import Request

    audited = run(Request(spec=spec))
    return audited.audit.with_rows(audited.rows).with_explained(audited.explained)


def audit_config(path: str | Path) -> "Audit":
    """The Audit that a dlaudit.toml asks for.

    Raises:
        DlauditError: Any fault of the configuration or the input.
    """
    from dlaudit.spec import load_config

    return audit_spec(load_config(path).spec)
