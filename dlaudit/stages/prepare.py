"""Stage 1: put model and data together, and settle every question before a number is computed."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dlaudit.data.encoded import Inputs
from dlaudit.data.labels import Labels, resolve_labels
from dlaudit.data.made_rows import made_rows
from dlaudit.data.model_labels import with_model_labels
from dlaudit.data.multi import with_multi
from dlaudit.data.open import RawTable, add_demographics, arrow_table, frame_table, open_data
from dlaudit.data.pairs import with_pairs
from dlaudit.data.roles import Roles, resolve_roles
from dlaudit.data.table import TableSet, inputs_of, table_set
from dlaudit.data.watched import watched
from dlaudit.engines.scored import Reading
from dlaudit.errors import UsageError, shown
from dlaudit.gate.known import check_features, check_task
from dlaudit.gate.positive import about_the_positive
from dlaudit.models.host import Host
from dlaudit.models.model import Loaded
from dlaudit.models.reading import read_output
from dlaudit.models.replies import dry_run_of
from dlaudit.record import Guess
from dlaudit.spec import AuditSpec, ModelSpec
from dlaudit.stages.explain_asked import check_explain
from dlaudit.stages.first_failing import told_with_record
from dlaudit.stages.request import Request
from dlaudit.tensors import for_the_model, tensor_table

DRY_ROWS = 64
"""Rows of the dry run: enough to tell logits from probabilities, and to catch a shape error before the work."""


PASS_BYTES = 32 * 2**20
"""Bytes of the inputs of one forward pass at most, unless `run.batch_size` is given: 53 images of 3 x 224 x 224."""
HF_FOLDER = "hf_folder"
"""Format of a Hugging Face folder, which may hold a tokenizer."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model and an evaluation set that fit together."""

    spec: AuditSpec
    """What was asked."""
    host: Host | None
    """Where the model lives; None for an audit of given scores."""
    raw: RawTable
    """The data as read."""
    roles: Roles
    """What each column is."""
    labels: Labels
    """The task and its labels."""
    data: TableSet
    """The rows to audit."""
    output: str
    """Kind of the model's numbers: `logit`, `probability`, `label` or `score`."""
    guesses: list[Guess]
    """What was inferred."""
    dry: dict[str, Any]
    """Result of the dry run; empty without a model."""
    batch_rows: int
    """Rows of one forward pass."""

    @property
    def reading(self) -> Reading:
        """How scores become predictions."""
        return Reading(task=self.labels.task, threshold=self.spec.model.threshold, classes=self.labels.classes)


def open_rows(request: Request, host: Host | None) -> RawTable:
    """The rows of the data file, of the caller's frame, or of the user's own `read_data`."""
    spec = request.spec.data
    if isinstance(request.frame, pa.Table):
        return add_demographics(arrow_table(request.frame), spec)
    if request.frame is not None:
        return add_demographics(frame_table(request.frame), spec)
    if spec.path is not None and host is not None and host.loaded.reads_data:
        _, tables = host.call("dlaudit.models.operations:read_data", {"path": spec.path})
        return add_demographics(arrow_table(tables["rows"], spec.path), spec)
    return open_data(spec)


def prepare(request: Request, host: Host | None) -> Subject:
    """Roles, labels, inputs and the reading of outputs, all agreed; a dry run over the first rows has worked.

    Raises:
        UsageError: A column or label must be named (DLA306-308), a guess under `frozen` (DLA109), or a name in
            [explain] that is not known (DLA106).
        DataRefused: The data is unreadable or inconsistent.
        ModelRefused: The model does not take these inputs, or its outputs cannot be read.
    """
    spec = request.spec
    raw, spec = with_multi(made_rows(open_rows(request, host), spec), spec)
    raw, spec = with_pairs(raw, spec, has_model=host is not None)
    loaded = host.loaded if host is not None else None
    encodes = loaded is not None and loaded.has_preprocess
    roles, guesses = resolve_roles(
        raw,
        spec,
        input_width=loaded.input_width if loaded is not None else None,
        has_preprocess=encodes,
        input_layer=loaded.input_layer if loaded is not None else None,
    )
    spec, named = with_model_labels(raw, roles, spec, loaded.classes if loaded is not None else None)
    guesses = [*guesses, *named]
    _check_roles(roles)
    check_features(spec.policy, roles.groups)
    outputs = loaded.outputs if loaded is not None else len(roles.scores)
    inputs = inputs_of(
        raw,
        roles,
        spec,
        has_preprocess=encodes,
        model_folder=loaded.path if loaded is not None and loaded.format == HF_FOLDER else None,
        input_names=(loaded.input_names or []) if loaded is not None else [],
    )
    dry: dict[str, Any] = {}
    batch_rows = spec.run.batch_size
    if host is not None:
        first = first_inputs(raw, roles, spec, inputs)
        batch_rows = rows_of_a_pass(spec, first)
        dry = dry_run(host, first)
        outputs = dry["outputs"]
    labels = resolve_labels(raw, roles, spec, outputs)
    if loaded is not None and labels.task == "binary" and outputs == 2:
        _check_order(request.spec.model, loaded)
    output, guess = _output(spec, labels.task, host, dry)
    guesses = [*guesses, *labels.guesses, *([guess] if guess else [])]
    if request.frozen and guesses:
        raise _unpinned(guesses)
    spec = spec.model_copy(update={"rule": about_the_positive(spec.policy, labels.task, labels.positive).rules})
    check_task(spec.policy, labels.task)
    check_explain(spec.explain, labels.task)
    data = table_set(raw, roles, spec, labels, inputs)
    data.watched = watched(raw, roles, spec, encoded=data.feature_groups != [] and not encodes and not roles.scores)
    return Subject(
        spec=spec,
        host=host,
        raw=raw,
        roles=roles,
        labels=labels,
        data=data,
        output=output,
        guesses=guesses,
        dry=dry,
        batch_rows=batch_rows,
    )


def first_inputs(raw: RawTable, roles: Roles, spec: AuditSpec, inputs: Inputs | None) -> pa.Table:
    """The inputs of the first `DRY_ROWS` rows, before anything is known of their labels."""
    unlabelled = table_set(raw, roles, spec, Labels.none(), inputs)
    for batch in unlabelled.batches(DRY_ROWS):
        return inputs_table(batch.inputs)
    raise UsageError(
        "DLA301", "the data has no rows that can be used", fix="Give an evaluation set with at least one row."
    )


def inputs_table(inputs: Any) -> pa.Table:
    """A batch's inputs as the table that the operations beside the model expect."""
    return for_the_model(inputs) if isinstance(inputs, pa.Table) else tensor_table({"inputs": inputs})


def rows_of_a_pass(spec: AuditSpec, first: pa.Table) -> int:
    """Rows of one forward pass: `run.batch_size` as it is given, else fewer of it where a row is large, as an image."""
    if "batch_size" in spec.run.model_fields_set:
        return spec.run.batch_size
    bytes_each = max(1, int(first.nbytes) // max(1, first.num_rows))
    return int(max(1, min(spec.run.batch_size, PASS_BYTES // bytes_each)))


def dry_run(host: Host, inputs: pa.Table) -> dict[str, Any]:
    """What the model makes of the first rows."""

    def run(some: pa.Table) -> dict[str, Any]:
        return dry_run_of(host.call("dlaudit.models.operations:dry_run", {}, {"inputs": some})[0])

    return told_with_record(run, inputs, range(1, inputs.num_rows + 1))


def _output(spec: AuditSpec, task: str, host: Host | None, dry: dict[str, Any]) -> tuple[str, Guess | None]:
    if host is None:
        return spec.model.output or "score", None
    return read_output(spec.model, task, dry, postprocessed=host.loaded.has_postprocess)


def _check_order(spec: ModelSpec, loaded: Loaded) -> None:
    """Nothing, unless the configuration says that the first of two outputs is the positive label's."""
    classes = spec.classes or []
    turned = loaded.format == HF_FOLDER  # its loader has put them in order
    if turned or loaded.has_postprocess or len(classes) != 2 or spec.positive != classes[0]:
        return
    raise UsageError(
        "DLA213",
        f"of two outputs the second is read as the positive label's; by model.classes the first one is that of "
        f"{shown(classes[0])}",
        expected="model.classes in the order of the outputs, the positive label last",
        fix="Let a `postprocess` in the code file return the output of the positive label alone.",
    )


def _unpinned(guesses: list[Guess]) -> UsageError:
    tables: dict[str, list[str]] = {}
    for guess in guesses:
        table, _, line = guess.toml.partition("\n")
        tables.setdefault(table, []).append(line)
    lines = "\n".join("\n".join([table, *keys]) for table, keys in tables.items())
    told = "; ".join(f"{guess.what} = {guess.value} ({guess.why})" for guess in guesses)
    return UsageError(
        "DLA109",
        f"--frozen (or CI=true) refuses what had to be guessed: {told}",
        fix=f"Pin it by flags, or in dlaudit.toml:\n{lines}\n",
    )


def _check_roles(roles: Roles) -> None:
    """A label or a score is nobody's demographic feature."""
    for name in roles.groups:
        for what, taken in (("the target", roles.target), ("a score", roles.scores)):
            if name in taken:
                raise UsageError(
                    "DLA308",
                    f"the column {shown(name)} is given as {what} and as a sensitive or control feature",
                    fix="Name a demographic column: --sensitive COLUMN.",
                )
