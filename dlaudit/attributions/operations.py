"""What runs beside the model for single rows: `look` before anything is planned, `explain` block by block, `check`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.beside import OTHER_SHAPES, elements_of, request_of, tensors_of
from dlaudit.attributions.passes import grad_difference, seconds_of
from dlaudit.attributions.paths.shared import sharing
from dlaudit.attributions.players import layout_of_grids
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import Meter
from dlaudit.attributions.steady import Steady
from dlaudit.attributions.untouched import untouched
from dlaudit.data.grid import Grid
from dlaudit.errors import DlauditError, shown
from dlaudit.models.host import Params
from dlaudit.models.model import Capability

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.model import Model


def look(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """What decides the choice of methods and the estimate of their cost.

    Args:
        model: The loaded model.
        params: As `Question.params`.
        tables: A few `rows` and `background` rows.

    Returns:
        `players` (names), `elements` (numbers in one row's inputs), `axes` (of the first input), `facts`
        (`ModelFacts`) and `seconds` of one forward-and-backward pass of one row, or `reason` alone where nothing can
        be explained.
    """
    from dlaudit.attributions.libraries.facts import facts

    try:
        request = request_of(model, params, tables["rows"], tables["background"])
        with untouched(request.module), told_why():
            Steady(request)
            known = facts(request)
            seconds = seconds_of(request)
    except CannotExplainError as error:
        return {"reason": str(error)}, {}
    return {
        "players": list(request.layout.names),
        "elements": elements_of(request.rows),
        "axes": request.rows[0].dim(),
        "facts": asdict(known),
        "seconds": seconds,
    }, {}


def explain(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """Contributions of every player to the score of every row, by each of the methods asked for.

    A method that does not suit the model, or fails on it, leaves the others alone.

    Args:
        model: The loaded model.
        params: As `Question.params`, `methods`, and optionally `block` (number of the block of rows, which has random
            draws of its own), `steps`, `evaluations` and `tolerance`.
        tables: `rows` to explain and `background` rows.

    Returns:
        `players` (names), `methods` ({name: {reference, spent, detail}}), `not_applicable` ([{what, reason}]),
        `largest_grad_difference` (of the score with and without gradients), `passes` and `halved`. Per method a table
        with `values` [n, M], `completeness` [n], `change` [n] and, where they are known, `error` [n, M] and `map`
        [n, K]: contributions of elements added up over the parts of `maps`.
    """
    reply: Params = {"players": [], "methods": {}, "largest_grad_difference": None}
    try:
        task = _Task(model, params, tables)
        steady = task.steady()
    except CannotExplainError as error:
        left_out = [{"what": name, "reason": str(error)} for name in params["methods"]]
        return {**reply, "not_applicable": left_out, "passes": 0.0, "halved": []}, {}
    if Capability.GRADIENTS in model.capabilities:
        with task.part("comparison of the score with and without gradients"):
            reply["largest_grad_difference"] = grad_difference(task.request)
    found: dict[str, pa.Table] = {}
    together = sharing(replace(task.request, first=int(params.get("block", 0)) == 0))
    for name in params["methods"]:
        before = task.meter.passes
        with task.part(name):
            explanation = task.by_method(name, replace(together, generator=task.generator(name)))
            spent = task.meter.passes - before
            steady.refuse_other_scores("after the method than before it")
            found[name] = _table_of(explanation, task.mapped(explanation))
            about = {"reference": explanation.reference, "spent": spent, "detail": explanation.detail}
            reply["methods"][name] = about
    return {**reply, "players": list(task.request.layout.names), **task.told()}, found


def check(model: "Model", params: Params, tables: "dict[str, pa.Table]") -> "tuple[Params, dict[str, pa.Table]]":
    """What explanations are worth: figures per row, and second calculations by other libraries.

    Args:
        model: The loaded model.
        params: As for `explain`; `explained` ({method: {reference, detail}}), `checks` (whether rows are checked) and
            `opinions` (rows that another library calculates again), and optionally `checked` and `again` (places of the
            rows that are checked, and of those explained again).
        tables: `rows`, `background`, a table per method as `explain` returned it, and optionally `references` of the
            checks' own.

    Returns:
        `opinions` (a dict each), `checks` (the JSON part of `to_wire`, None without checks), `not_applicable`, `passes`
        and `halved`; and the tables of `to_wire`.
    """
    task = _Task(model, params, tables)
    found = {name: _explanation_of(tables[name], about) for name, about in params["explained"].items()}
    opinions: list[Params] = []
    checks: Params | None = None
    made: dict[str, pa.Table] = {}
    if params["checks"]:
        with task.part("checks of explanations"):
            checks, made = task.checked(found, tables.get("references"))
    if params["opinions"]:
        with task.part("second opinion"):
            opinions = task.second_opinions(found, int(params["opinions"]))
    return {"opinions": opinions, "checks": checks, **task.told()}, made


class _Task:
    """The work of one call: each part may fail on its own, and then says why.

    Args:
        model: The loaded model.
        params: Parameters of the operation.
        tables: `rows` and `background`.

    Raises:
        CannotExplainError: Nothing can be explained at all.
    """

    def __init__(self, model: "Model", params: Params, tables: "dict[str, pa.Table]") -> None:
        self.request = request_of(model, params, tables["rows"], tables["background"])
        self._rows = tables["rows"]
        self.meter = self.request.score if isinstance(self.request.score, Meter) else Meter(self.request.score)
        self._model, self._params = model, params
        self._left_out: list[Params] = []

    def steady(self) -> Steady:
        """Scores of a few rows, which must stay what they are.

        Raises:
            CannotExplainError: They do not.
        """
        with untouched(self.request.module), told_why():
            return Steady(self.request)

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Run a part of the work; a failure becomes an entry of `not_applicable`."""
        try:
            with untouched(self.request.module), told_why():
                yield
        except CannotExplainError as error:
            self._left_out.append({"what": what, "reason": str(error)})

    def told(self) -> Params:
        """What every reply says."""
        halved = list(self.request.memory.halved)
        return {"not_applicable": self._left_out, "passes": self.meter.passes, "halved": halved}

    def generator(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose: the order of methods and of blocks changes nothing."""
        return np.random.default_rng([int(self._params["seed"]), int(self._params.get("block", 0)), *purpose.encode()])

    def by_method(self, name: str, request: Request) -> Explanation:
        """One method's explanation of a request."""
        method = ATTRIBUTORS.get(name)
        missing = method.missing(self._model.capabilities)
        if missing:
            raise CannotExplainError(f"the model has no {' and no '.join(missing)}")
        explanation = method.explain(request)
        if not (np.isfinite(explanation.values).all() and np.isfinite(explanation.change).all()):
            raise CannotExplainError("the score is not finite for some mixtures of a row and its reference")
        return explanation

    def mapped(self, explanation: Explanation) -> "Float[np.ndarray, 'n K'] | None":
        """Contributions of elements over the parts of the maps; None without maps, or of a method without elements."""
        import torch

        grids = [Grid.read(one) for one in self._params.get("maps", [])]
        if not grids or explanation.elements is None:
            return None
        layout = layout_of_grids(grids, self.request.rows, self._rows)
        return layout.gathered([torch.from_numpy(np.asarray(one)) for one in explanation.elements])

    def checked(
        self, found: Mapping[str, Explanation], references: "pa.Table | None"
    ) -> "tuple[Params, dict[str, pa.Table]]":
        """What the checks say of each row, by method."""
        from dlaudit.attributions.checks.found import CheckSettings
        from dlaudit.attributions.checks.rows import check_rows
        from dlaudit.attributions.checks.wire import to_wire

        own = None if references is None else tensors_of(self._model, references)
        if own is not None and [one.shape[1:] for one in own] != [one.shape[1:] for one in self.request.rows]:
            raise CannotExplainError(OTHER_SHAPES)
        rows, again = (self._places(name) for name in ("checked", "again"))
        settings = CheckSettings(seed=int(self._params["seed"]), rows=rows, again=again, references=own)
        return to_wire(check_rows(self.request, found, self.by_method, settings))

    def _places(self, name: str) -> Int[np.ndarray, " k"] | None:
        given = self._params.get(name)
        return None if given is None else np.asarray(given, dtype=np.int64)

    def second_opinions(self, found: Mapping[str, Explanation], rows: int) -> list[Params]:
        """What other libraries calculate for some of the rows."""
        from dlaudit.attributions.libraries.second_opinion import second_opinion

        request = replace(self.request, generator=self.generator("second opinion"))
        some, theirs = _spread(request, found, rows)
        return [asdict(one) for one in second_opinion(some, theirs)]


def _spread(request: Request, found: Mapping[str, Explanation], rows: int) -> tuple[Request, dict[str, Explanation]]:
    """`rows` of the rows, evenly spread over them, and their explanations."""
    import torch

    at = np.unique(np.linspace(0, request.count - 1, min(rows, request.count)).astype(np.int64))
    chosen = torch.from_numpy(at)
    some = replace(
        request,
        rows=tuple(one[chosen.to(one.device)] for one in request.rows),
        layout=request.layout.take(chosen),
    )
    return some, {name: _taken(one, at) for name, one in found.items()}


def _taken(one: Explanation, at: Int[np.ndarray, " k"]) -> Explanation:
    error = None if one.error is None else one.error[at]
    return replace(one, values=one.values[at], change=one.change[at], error=error)


def _explanation_of(table: "pa.Table", about: Params) -> Explanation:
    """An explanation as it was sent."""
    from dlaudit.models.wire import ndarray_of

    error = ndarray_of(table, "error") if "error" in table.column_names else None
    values, change = ndarray_of(table, "values"), ndarray_of(table, "change")
    told = {"reference": about["reference"], "detail": about["detail"]}
    return Explanation(values=values, change=change, error=error, **told)


@contextmanager
def told_why() -> Iterator[None]:
    """Whatever fails inside becomes a CannotExplainError that says why: another library's method on a model that it
    was not written for, the user's own code, memory that runs out even for a single row.
    """
    from dlaudit.models.faults import is_out_of_memory

    try:
        yield
    except CannotExplainError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise CannotExplainError("memory ran out even for a single row") from error
        told = error.what if isinstance(error, DlauditError) else f"{type(error).__name__}: {error}"
        said = shown(told.strip().split("\n")[0], limit=200, quote=False)
        raise CannotExplainError(f"it fails on this model ({said})") from error


def _table_of(explanation: Explanation, mapped: "Float[np.ndarray, 'n K'] | None") -> "pa.Table":
    from dlaudit.models.wire import tensor_table

    columns = {
        "values": explanation.values,
        "completeness": explanation.completeness,
        "change": explanation.change,
    }
    if explanation.error is not None and np.isfinite(explanation.error).all():
        columns["error"] = explanation.error
    if mapped is not None and np.isfinite(mapped).all():
        columns["map"] = mapped
    return tensor_table(columns)
