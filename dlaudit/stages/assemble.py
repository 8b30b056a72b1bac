"""Stage 5: the parts become one Audit, and the rules of findings read it."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from dlaudit.data.modalities import rows_called
from dlaudit.findings import find
from dlaudit.record import Audit, DataInfo, Declared, ModelInfo, Provenance
from dlaudit.stages.against import Against
from dlaudit.stages.discover import Discovered
from dlaudit.stages.explain import Explained
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject
from dlaudit.stages.request import Request, Stopwatch
from dlaudit.stages.run_id import run_id
from dlaudit.stages.score import Scored
from dlaudit.version import __version__

_PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "fairlearn", "scikit-learn")
_MODEL_PACKAGES = ("torch", "captum", "shap")


def assemble(
    request: Request,
    subject: Subject,
    scored: Scored,
    measured: Measured,
    discovered: Discovered,
    explained: Explained,
    clock: Stopwatch,
    base: Against,
) -> Audit:
    """The whole Audit, with findings."""
    audit = Audit(
        title=request.spec.report.title,
        provenance=provenance(request, subject, clock),
        model=model_info(subject),
        data=data_info(subject, scored),
        declared=declared(request),
        guesses=[*subject.guesses, *base.guesses],
        slices=measured.table.slices,
        measurements=measured.measurements,
        disparities=measured.disparities,
        histograms=measured.distributions.histograms,
        calibrations=measured.distributions.calibrations,
        sweeps=measured.distributions.sweeps,
        sensitivity=measured.distributions.sensitivity,
        discoveries=discovered.discoveries,
        attributions=explained.attributions,
        swarms=explained.swarms,
        grids=explained.grids,
        maps=explained.maps,
        map_differences=explained.map_differences,
        quality=explained.quality,
        trust=explained.trust,
        layers=explained.layers,
        explain_plan=explained.plan,
        decompositions=explained.decompositions,
        score_mixes=measured.score_mixes,
        probes=explained.probes,
        not_applicable=[
            *measured.not_applicable,
            *discovered.not_applicable,
            *explained.not_applicable,
            *base.not_applicable,
        ],
        against=base.record,
        cross_checks=measured.cross_checks,
        min_size=request.spec.slices.min_size,
    )
    audit = audit.model_copy(
        update={"provenance": audit.provenance.model_copy(update={"run_id": run_id(audit, request.spec)})}
    )
    found = find(
        audit,
        near_threshold=scored.near_threshold,
        dry=subject.dry,
        set_aside=subject.data.set_aside,
        apart=request.spec.slices.apart,
    )
    return audit.model_copy(
        update={
            "findings": found.findings,
            "not_applicable": [*audit.not_applicable, *found.not_applicable],
        }
    )


def declared(request: Request) -> Declared:
    """What the configuration says of the model and the data."""
    report = request.spec.report
    return Declared(
        intended_use=report.intended_use,
        owner=report.owner,
        data_source=report.data_source,
        favourable=request.spec.model.favourable,
    )


def model_info(subject: Subject) -> ModelInfo:
    """The model as it was audited."""
    spec, labels = subject.spec.model, subject.labels
    reading = {
        "task": labels.task,
        "output": subject.output,
        "threshold": spec.threshold if labels_have_threshold(subject) else None,
        "positive": labels.positive,
        "classes": labels.classes,
    }
    if subject.host is None:
        return ModelInfo(format="scores", loading="No model: the scores were given.", **reading)
    loaded = subject.host.loaded
    return ModelInfo(
        path=loaded.path,
        sha256=loaded.sha256,
        format=loaded.format,
        trusted=loaded.trusted,
        parameters=loaded.parameters,
        capabilities=sorted(loaded.capabilities),
        fingerprint=loaded.fingerprint,
        loading=loaded.loading,
        **reading,
    )


def labels_have_threshold(subject: Subject) -> bool:
    """Whether a decision is a score at or above a threshold."""
    return subject.labels.task in {"binary", "multilabel"}


def data_info(subject: Subject, scored: Scored) -> DataInfo:
    """The evaluation set as it was audited."""
    roles = subject.roles
    rejected = [*subject.data.rejected(scored.atoms.level_of), *scored.rejected()]
    return DataInfo(
        path=subject.raw.path,
        sha256=subject.raw.sha256,
        rows_sha256=subject.data.rows_sha256,
        inputs_sha256=subject.data.inputs_sha256,
        modality=subject.data.modality,
        rows_are=rows_called(subject.data.modality, subject.spec.data.rows_are),
        rows=scored.rows + sum(reason.rows for reason in rejected),
        scored=scored.rows,
        rejected=rejected,
        altered=subject.data.altered(scored.atoms.level_of),
        repeated=subject.data.repeated(scored.atoms.level_of),
        near_threshold=scored.near_threshold if labels_have_threshold(subject) else None,
        features=roles.features,
        target=", ".join(roles.target),
        sensitive=roles.sensitive,
        control=roles.control,
        unit=roles.unit,
        weight=roles.weight,
        pairs=getattr(subject.raw.source, "info", None),
    )


def provenance(request: Request, subject: Subject, clock: Stopwatch) -> Provenance:
    """What was run, where and when."""
    host = subject.host
    return Provenance(
        dlaudit=__version__,
        python=platform.python_version(),
        packages=_versions((*_PACKAGES, *_MODEL_PACKAGES) if host is not None else _PACKAGES),
        seed=request.spec.run.seed,
        device=host.loaded.device if host is not None else "none",
        engine=request.spec.run.engine,
        batch_size=subject.batch_rows,
        argv=request.argv,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=dict(clock.seconds),
        git=_commit(),
        sandbox=host.loaded.sandbox if host is not None else {},
    )


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> str | None:
    """Short commit of the working directory, with `+` where files differ; None where there is no repository."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "") if head.returncode == 0 else None
