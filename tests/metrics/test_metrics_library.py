"""Functions of Fairlearn and scikit-learn by their full name."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics as sk
from metrics_samples import binary, groups, multiclass, regression

from dlaudit.errors import UsageError
from dlaudit.metrics import bootstrap, count, disparities, measure, metric_named


@pytest.fixture(autouse=True)
def few_replicates(monkeypatch):
    """Bootstraps of 40 replicates, since scikit-learn's functions take milliseconds each."""
    monkeypatch.setattr(bootstrap, "MOST_REPLICATES", 40)
    monkeypatch.setattr(bootstrap, "LEAST_REPLICATES", 40)


def measured(rows, names, atoms=None):
    atoms = atoms or int(rows.atom.max()) + 1
    table, comparison = groups(atoms)
    found, not_applicable = measure(count(rows, atoms), rows, table, names, 0.95)
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    return {(m.metric, m.slice): m for m in found}, gaps, not_applicable


def one_atom(target, prediction, **changed):
    n = len(target)
    score = np.where(np.array(prediction) == 1, 0.8, 0.2)[:, None]
    return binary(
        n,
        atom=np.zeros(n, dtype=np.int64),
        target=np.array(target),
        prediction=np.array(prediction),
        score=score,
        **changed,
    )


SAME = {
    "fairlearn.metrics.selection_rate": "selection_rate",
    "fairlearn.metrics.true_positive_rate": "true_positive_rate",
    "fairlearn.metrics.false_positive_rate": "false_positive_rate",
    "fairlearn.metrics.mean_prediction": "selection_rate",
    "sklearn.metrics.accuracy_score": "accuracy",
    "sklearn.metrics.precision_score": "precision",
    "sklearn.metrics.f1_score": "f1",
    "sklearn.metrics.roc_auc_score": "auc",
    "sklearn.metrics.log_loss": "log_loss",
    "sklearn.metrics.brier_score_loss": "brier",
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_named_function_agrees_with_our_own_metric(name, weighted):
    ours, _, _ = measured(binary(120, atoms=2, weighted=weighted), [name, SAME[name]])
    for slice_id in ("overall", "g=0", "g=1"):
        assert abs(ours[name, slice_id].value - ours[SAME[name], slice_id].value) <= 1e-12


def test_a_function_has_a_seeded_bootstrap_interval_and_a_gap():
    rows = binary(120, atoms=2)
    name = "sklearn.metrics.matthews_corrcoef"
    one, gaps, _ = measured(rows, [name])
    two, _, _ = measured(rows.take(np.random.default_rng(3).permutation(120)), [name])
    assert one == two
    found = one[name, "overall"]
    assert found.low < found.value < found.high and found.method == "bootstrap"
    assert [g.kind for g in gaps] == ["difference"]
    assert gaps[0].p_value is None


def test_regression_functions_read_the_prediction():
    rows = regression(90)
    ours, _, _ = measured(rows, ["sklearn.metrics.median_absolute_error"])
    theirs = sk.median_absolute_error(rows.target, rows.prediction)
    assert ours["sklearn.metrics.median_absolute_error", "overall"].value == pytest.approx(theirs, abs=1e-12)


def test_multiclass_scores_are_read_whole():
    rows = multiclass(90)
    ours, _, _ = measured(rows, ["sklearn.metrics.log_loss", "sklearn.metrics.top_k_accuracy_score"])
    theirs = sk.log_loss(rows.target, rows.score, labels=[0, 1, 2])
    assert ours["sklearn.metrics.log_loss", "overall"].value == pytest.approx(theirs, abs=1e-12)
    assert ours["sklearn.metrics.top_k_accuracy_score", "overall"].is_defined


@pytest.mark.parametrize(
    ("name", "target", "prediction"),
    [
        ("fairlearn.metrics.true_positive_rate", [0, 0, 0], [0, 1, 0]),
        ("fairlearn.metrics.false_negative_rate", [0, 0, 0], [0, 1, 0]),
        ("fairlearn.metrics.false_positive_rate", [1, 1, 1], [0, 1, 0]),
        ("fairlearn.metrics.true_negative_rate", [1, 1, 1], [0, 1, 0]),
        ("sklearn.metrics.recall_score", [0, 0, 0], [0, 1, 0]),
        ("sklearn.metrics.precision_score", [0, 1, 0], [0, 0, 0]),
        ("sklearn.metrics.f1_score", [0, 0, 0], [0, 0, 0]),
        ("sklearn.metrics.jaccard_score", [0, 0, 0], [0, 0, 0]),
        ("sklearn.metrics.roc_auc_score", [1, 1, 1], [0, 1, 0]),
        ("sklearn.metrics.average_precision_score", [0, 0, 0], [0, 1, 0]),
        ("sklearn.metrics.balanced_accuracy_score", [0, 0, 0], [0, 0, 0]),
        ("sklearn.metrics.matthews_corrcoef", [0, 1, 0], [1, 1, 1]),
        ("sklearn.metrics.r2_score", [1, 1, 1], [0, 1, 1]),
    ],
)
def test_a_number_for_an_empty_denominator_becomes_undefined(name, target, prediction):
    ours, _, _ = measured(one_atom(target, prediction), [name])
    found = ours[name, "overall"]
    assert found.value is None and found.undefined


def test_what_the_library_says_is_kept_as_the_reason():
    ours, _, _ = measured(multiclass(30), ["sklearn.metrics.precision_score"])
    reason = ours["sklearn.metrics.precision_score", "overall"].undefined
    assert reason.startswith("sklearn.metrics.precision_score says: Target is multiclass")


def test_a_slice_of_one_class_has_a_log_loss():
    ours, _, _ = measured(one_atom([1, 1], [0, 1]), ["sklearn.metrics.log_loss", "log_loss"])
    assert ours["sklearn.metrics.log_loss", "overall"].value == pytest.approx(
        ours["log_loss", "overall"].value, abs=1e-12
    )


def test_a_function_without_weights_is_not_applicable_to_weighted_rows():
    _, _, not_applicable = measured(regression(30, weighted=True), ["sklearn.metrics.max_error"])
    assert not_applicable[0].reason == "it takes no weights, and the rows have some"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("sklearn.metrics.f1_scor", "Did you mean 'f1_score'?"),
        ("sklearn.metrics.nothing_like_this", "has no function"),
        ("fairlearn.metrics.demographic_parity_difference", "Use selection_rate.difference"),
        ("fairlearn.metrics.demographic_parity_ratio", "Use selection_rate.ratio"),
        ("fairlearn.metrics.equal_opportunity_difference", "Use true_positive_rate.difference"),
        ("fairlearn.metrics.equalized_odds_difference", "Use true_positive_rate.difference"),
        ("fairlearn.metrics.accuracy_score_group_min", "Use accuracy.difference"),
        ("fairlearn.metrics.MetricFrame", "is no plain metric"),
        ("fairlearn.metrics.make_derived_metric", "is no plain metric"),
        ("fairlearn.metrics.count", "is no plain metric"),
        ("sklearn.metrics.confusion_matrix", "is no plain metric"),
        ("sklearn.metrics.roc_curve", "is no plain metric"),
        ("sklearn.metrics.silhouette_score", "is no plain metric"),
        ("sklearn.metrics.adjusted_rand_score", "is no plain metric"),
        ("sklearn.linear_model.Ridge", "there is no metric"),
        ("os.path.join", "there is no metric"),
        ("fairlearn.metrics._group_metric_set.os", "there is no metric"),
        ("sklearn.metrics.pairwise.cosine_distances", "there is no metric"),
        ("selection_rat", "Did you mean 'selection_rate'?"),
    ],
)
def test_a_name_that_is_no_metric_is_refused_with_a_remedy(name, says):
    with pytest.raises(UsageError) as refused:
        metric_named(name)
    assert refused.value.code == "DLA106"
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("fairlearn.metrics.false_positive_rate", "lower"),
        ("fairlearn.metrics.selection_rate", None),
        ("fairlearn.metrics.mean_prediction", None),
        ("sklearn.metrics.f1_score", "higher"),
        ("sklearn.metrics.brier_score_loss", "lower"),
        ("sklearn.metrics.mean_absolute_error", "lower"),
    ],
)
def test_which_way_is_better_follows_from_the_name(name, better):
    assert metric_named(name).better == better


def test_an_unknown_class_is_refused():
    with pytest.raises(UsageError) as refused:
        measured(multiclass(30), ["recall[cta]"])
    assert "Did you mean 'cat'?" in refused.value.message
    with pytest.raises(UsageError, match="Leave the brackets out"):
        measured(binary(30), ["accuracy[yes]"])


def test_one_class_can_be_named_and_names_are_measured_once():
    ours, _, _ = measured(multiclass(60), ["recall[a[b]]", "recall", "recall[cat]"])
    assert list(dict.fromkeys(metric for metric, _ in ours)) == ["recall[a[b]]", "recall[cat]", "recall[dog]"]


def test_importing_metrics_imports_neither_library():
    code = "import sys, dlaudit.metrics; print(sorted({'sklearn', 'fairlearn', 'pandas', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["balanced_accuracy_score", "matthews_corrcoef"])
def test_a_function_of_classes_refuses_a_regression(name):
    ours, _, _ = measured(regression(20), [f"sklearn.metrics.{name}"])
    assert "says:" in ours[f"sklearn.metrics.{name}", "overall"].undefined
