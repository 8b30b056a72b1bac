"""The explain stage as a whole: what is planned, what is found, what is left out, and why."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dlaudit
from dlaudit.attributions import ATTRIBUTORS
from dlaudit.attributions.registry import Attributor
from dlaudit.attributions.request import Explanation
from dlaudit.audit import run
from dlaudit.errors import UsageError
from dlaudit.spec import load_config
from dlaudit.spec.settings import nested
from dlaudit.stages.request import Request

QUICK = {
    "discover.enabled": False,
    "explain.sample": 120,
    "explain.background": 12,
    "explain.evaluations": 64,
    "explain.second_opinion": 0,
    "explain.rounds": 2,
    "explain.checks": False,
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(400, 3)), columns=["income", "debt", "age"])
    rows["sex"] = ["F", "M"] * 200
    rows["income"] += rows.sex == "M"
    rows["approved"] = (rows.income - rows.debt + rng.normal(size=400) > 0).astype(int)
    return rows


@pytest.fixture(scope="module")
def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())


def audited(net: Any, frame: pd.DataFrame, **settings: Any) -> dlaudit.Audit:
    written = {f"explain.{name}": value for name, value in settings.items()}
    return dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={**QUICK, **written})


@pytest.fixture(scope="module")
def audit(net: nn.Module, frame: pd.DataFrame) -> dlaudit.Audit:
    return audited(net, frame, checks=True)


def reasons(audit: dlaudit.Audit) -> dict[str, str]:
    return {one.what: one.reason for one in audit.not_applicable}


# --- what is found -------------------------------------------------------------------------------------------


def test_two_methods_of_different_families_are_chosen_with_their_reasons(audit):
    plan = audit.explain_plan
    assert [(one.method, one.role) for one in plan.methods] == [
        ("shapley_values", "primary"),
        ("integrated_gradients", "secondary"),
    ]
    assert all(one.why and one.rows == 120 and one.estimated > 0 and one.spent > 0 for one in plan.methods)
    assert {one.method for one in audit.attributions} == {"shapley_values", "integrated_gradients"}


def test_the_plan_tells_what_was_allowed_and_what_it_took(audit):
    plan = audit.explain_plan
    assert plan.budget_given == "auto" and plan.budget == 20_000_000
    assert plan.spent > 0 and plan.spent >= sum(one.spent for one in plan.methods)
    assert plan.seconds_per_pass is None and plan.reduced == [] and plan.halved == []
    assert plan.rows == 120 and sum(plan.rows_by_slice.values()) == 120


def test_every_slice_has_attributions_checks_and_a_verdict_on_them(audit):
    assert {one.slice for one in audit.attributions} == {"overall", "sex=F", "sex=M"}
    assert {(one.method, one.slice) for one in audit.trust} >= {("shapley_values", "sex=F")}
    assert {one.measure for one in audit.quality} >= {"completeness_error_p95", "faithfulness", "agreement"}


def test_gaps_of_the_metrics_shown_first_are_split_and_add_up(audit):
    metrics = list(dict.fromkeys(one.metric for one in audit.decompositions))
    assert metrics == ["mean_score", "selection_rate", "true_positive_rate", "false_positive_rate"]
    for one in audit.decompositions:
        parts = sum(part.value for part in one.contributions) + (one.label_mix.value if one.label_mix else 0)
        assert parts + one.residual == pytest.approx(one.gap, abs=1e-9) and abs(one.residual) < 1e-6
        measured = audit.measurement(one.metric, one.slice).value - audit.measurement(one.metric, one.reference).value
        assert one.gap == pytest.approx(measured, abs=1e-6)
        assert one.groups and one.grouped_at == 0.7 and one.outside is not None
        composed = [part for part in one.contributions if part.composition is not None]
        for part in composed:
            assert part.composition + part.context + (part.unsupported or 0) == pytest.approx(part.value, abs=1e-9)
        assert len(composed) == 3


def test_the_feature_that_was_shifted_carries_the_gap(audit):
    (split,) = [one for one in audit.decompositions if one.metric == "mean_score"]
    assert split.contributions[0].feature == "income" and split.contributions[0].marked


# --- determinism ---------------------------------------------------------------------------------------------


def explanation_of(audit: dlaudit.Audit) -> Any:
    plan = audit.explain_plan.model_dump(exclude={"halved"})
    return plan, [
        one.model_dump() for one in [*audit.attributions, *audit.decompositions, *audit.quality, *audit.trust]
    ]


def test_the_same_seed_gives_the_same_numbers(net, frame, audit):
    assert explanation_of(audited(net, frame, checks=True)) == explanation_of(audit)


def test_another_seed_gives_others(net, frame, audit):
    other = dlaudit.audit(
        net, frame, target="approved", sensitive=["sex"], settings={**QUICK, "explain.checks": True, "run.seed": 1}
    )
    assert explanation_of(other) != explanation_of(audit)


# --- what was asked for --------------------------------------------------------------------------------------


def test_methods_that_are_named_are_the_ones_that_run(net, frame):
    audit = audited(net, frame, methods=["captum.Saliency", "shapley_values"], decompose=["mean_score"])
    assert [(one.method, one.role) for one in audit.explain_plan.methods] == [
        ("captum.Saliency", "asked"),
        ("shapley_values", "asked"),
    ]
    assert {one.method for one in audit.attributions} == {"captum.Saliency", "shapley_values"}


def test_metrics_that_are_named_are_measured_and_split(net, frame):
    audit = audited(net, frame, decompose=["log_loss", "accuracy"])
    assert {one.metric for one in audit.decompositions} == {"log_loss", "accuracy"}
    assert all(one.label_mix is not None for one in audit.decompositions)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"decompose": ["selection_rat"]}, "Did you mean 'selection_rate'"),
        ({"decompose": ["auc"]}, "compares rows with one another"),
        ({"methods": ["shapley_value"]}, "Did you mean 'shapley_values'"),
    ],
)
def test_names_that_are_not_known_are_refused_before_the_work(net, frame, settings, match):
    with pytest.raises(UsageError, match=match) as caught:
        audited(net, frame, **settings)
    assert caught.value.code == "DLA106"


def test_a_metric_of_a_rule_that_cannot_be_split_is_told(net, frame):
    rule = {"metric": "precision.difference", "by": ["sex"], "max": 0.5}
    given = {"rule": [rule], "data": {"target": "approved"}, "slices": {"sensitive": ["sex"]}}
    spec = load_config(None, {**nested(QUICK), **given}).spec
    found = run(Request(spec=spec, model=net, frame=frame)).audit
    assert "model's own predictions" in reasons(found)["decompositions of precision"]


def test_nothing_is_explained_where_that_is_switched_off(net, frame):
    audit = audited(net, frame, enabled=False)
    assert audit.explain_plan is None and audit.attributions == [] and audit.decompositions == []
    assert reasons(audit)["attributions"] == "explain.enabled is false"


# --- budgets -------------------------------------------------------------------------------------------------


def test_a_small_budget_makes_things_smaller_and_says_so(net, frame):
    audit = audited(net, frame, budget="8000")
    plan = audit.explain_plan
    assert plan.budget == 8_000 and plan.estimated <= 8_000 and plan.reduced
    assert audit.attributions


def test_a_budget_that_is_too_small_for_anything_says_what_would_do(net, frame):
    audit = audited(net, frame, budget="50")
    assert audit.attributions == [] and audit.decompositions == []
    assert "DLA505" in reasons(audit)["attributions"] and "DLA505" in reasons(audit)["decompositions"]
    assert audit.explain_plan.rows == 0


def test_a_budget_in_seconds_tells_the_pace_it_measured(net, frame):
    plan = audited(net, frame, budget="30s").explain_plan
    assert plan.seconds_per_pass > 0 and plan.budget == pytest.approx(30 / plan.seconds_per_pass)


# --- what goes wrong -----------------------------------------------------------------------------------------


def test_a_method_that_does_not_add_up_is_not_shown_but_its_figures_are(net, frame, monkeypatch):
    def scaled(request: Any) -> Explanation:
        found = ATTRIBUTORS.get("integrated_gradients").explain(request)
        return Explanation(values=2 * found.values, change=found.change, reference=found.reference)

    made = Attributor(name="twice", needs=frozenset(), explain=scaled, summary="s")
    monkeypatch.setitem(ATTRIBUTORS._items, "twice", made)
    audit = audited(net, frame, methods=["twice", "shapley_values"], decompose=["mean_score"])
    assert {one.method for one in audit.attributions} == {"shapley_values"}
    assert "DLA502" in reasons(audit)["attributions by twice"]
    (figure,) = [
        q for q in audit.quality if (q.method, q.slice, q.measure) == ("twice", "overall", "completeness_error_p95")
    ]
    assert figure.ok is False and figure.value > 0.5
    assert [one.ok for one in audit.trust if one.method == "twice"] == [False] * 3
    with pytest.raises(UsageError, match="no row was explained by 'twice'"):
        audit.shap_values(method="twice")


def test_memory_that_runs_out_is_halved_and_told(frame):
    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.inner = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if len(x) > 1_000:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
            return self.inner(x)

    model = Small()
    small, large = (audited(one, frame, decompose=["mean_score"]) for one in (model, model.inner))
    assert small.explain_plan.halved and large.explain_plan.halved == []
    assert any("Memory ran out" in one.message for one in small.findings if one.code == "DLA505")
    assert not any("emory" in reason for reason in reasons(small).values())  # nothing was left out, so told once
    for one, other in zip(small.attributions, large.attributions, strict=True):
        assert one.mean == pytest.approx(other.mean, abs=1e-6)


def test_a_long_work_is_told_before_it_begins(net, frame, monkeypatch):
    from dlaudit.stages import explain_plan

    class Listener:
        def __init__(self) -> None:
            self.told: list[str] = []

        def stage(self, name: str, total: int | None = None, noun: str = "rows") -> None:
            self.told.append(f"{name} {total}")

        def advance(self, rows: int) -> None:
            self.told.append(f"+{rows}")

        def note(self, text: str) -> None:
            self.told.append(text)

        def close(self) -> None:
            self.told.append("close")

    monkeypatch.setattr(explain_plan, "LONG", 0.0)
    listener = Listener()
    given = {"data": {"target": "approved"}, "slices": {"sensitive": ["sex"]}}
    spec = load_config(None, {**nested(QUICK), **given}).spec
    run(Request(spec=spec, model=net, frame=frame, progress=listener))
    (said,) = [one for one in listener.told if "passes" in one]
    assert "--explain-budget" in said
    assert listener.told.index(said) < listener.told.index("explain: rows 120") < listener.told.index("+120")
    assert "explain: gaps 1" in listener.told and "explain: probes None" in listener.told
    assert "explain: checks None" not in listener.told  # none were asked for


def test_layers_count_in_the_estimate_and_in_what_it_took_and_are_left_out_where_they_cost_too_much(net, frame):
    given = {"decompose": ["mean_score"], "methods": ["integrated_gradients"]}
    without = audited(net, frame, **given)
    audit = audited(net, frame, layers=["captum.LayerConductance"], **given)
    assert audit.layers and audit.explain_plan.estimated - without.explain_plan.estimated == 120 * 64
    assert audit.explain_plan.spent - without.explain_plan.spent >= 120 * 64
    few = audited(net, frame, layers=["captum.LayerConductance"], budget="15000", **given)
    assert few.layers == [] and "more than half of the 15,000" in reasons(few)["layers"]
    assert [one.subject for one in few.findings if one.code == "DLA505"][:1] == ["layers"]


def test_gaps_are_made_smaller_where_rows_took_longer_than_their_share_of_the_seconds():
    from types import SimpleNamespace

    from dlaudit.attributions import GapWork, Planned, Size, budget_of
    from dlaudit.stages.explain_plan import ExplainSetup, with_time_left

    size = Size(rows=100, players=5, elements=5, background=10, steps=64, evaluations=64)
    work = GapWork(sides=[(2000, 2000)], rows=2000, rounds=16)
    whole = work.passes(5)

    def setup(budget):
        plan = Planned(methods=[], size=size, gaps=work, estimated=2 * whole)
        return ExplainSetup(
            looked=SimpleNamespace(seconds=10 / whole),
            plan=plan,
            budget=budget_of(budget, table=True),
            allowed=2 * whole,
            sample=None,
            background=None,
            rows_by_slice={},
        )

    rows = SimpleNamespace(passes=whole)  # as many as the gaps take: ten seconds each were expected
    assert with_time_left(setup("20s"), rows, 10.0).plan.gaps == work
    late = with_time_left(setup("20s"), rows, 15.0).plan
    assert late.gaps.passes(5) <= whole / 3 and late.reduced
    spent = with_time_left(setup("20s"), rows, 25.0).plan
    assert spent.gaps is None and "rows took 25 of the 20 seconds" in spent.no_gaps
    assert with_time_left(setup("200000"), rows, 1e6).plan.gaps == work


def test_a_model_that_takes_no_columns_is_told_once(frame):
    def preprocess(rows: pd.DataFrame) -> torch.Tensor:
        return torch.tensor(rows["income"].to_numpy(dtype=np.float32))

    audit = dlaudit.audit(
        torch.sigmoid, frame, target="approved", sensitive=["sex"], preprocess=preprocess, settings=QUICK
    )
    assert reasons(audit)["attributions"] == reasons(audit)["decompositions"] == "the model's input has no columns"


def test_a_layer_method_that_is_not_known_is_refused_with_the_nearest_name(net: nn.Module, frame: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match=r"no layer method.*Did you mean 'captum.LayerConductance'"):
        audited(net, frame, layers=["captum.LayerConductanc@2"])
