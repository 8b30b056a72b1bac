"""Rules about broken models: inputs of another scale, classes in another order, scores that say nothing."""

from collections.abc import Iterator

from dlaudit.findings.registry import Observed, finding, finding_rule
from dlaudit.findings.words import clause, counted, interval, names, number
from dlaudit.record.audit import Audit
from dlaudit.record.explained import ProbeResult
from dlaudit.record.judged import Finding
from dlaudit.record.measured import OVERALL, Measurement

SCALING, ORDER, NORM = "another scaling", "another order of classes", "first batch normalisation"
SHIFT = "labels of other rows"
DEAD, CONSTANT, SATURATED, INPUTS = "dead inputs", "constant scores", "saturated scores", "constant inputs"
FAR, WIDE = 1.0, 3.0
"""Running deviations that the median channel may be off, and how many times wider or narrower it may be."""
MOST_OF_THE_WAY = 0.6
"""How far outputs from 0 to 1 must reach before they pass for probabilities: some logits all lie close together."""
MOST_SATURATED = 0.9
"""Share of rows from which saturated scores are told."""
_PERCENT = {"accuracy": "accuracy", "auc": "AUC"}


@finding_rule("DLA210")
def left_in_training(observed: Observed) -> Iterator[Finding]:
    """A file that was saved in training mode: its author's own figures may be those of dropout and batch statistics."""
    said = [one for one in observed.audit.model.loading.split(". ") if "in training mode" in one]
    if said:
        yield finding(
            "DLA210",
            "note",
            "model",
            f"{clause(said[0].strip().rstrip('.'))}. The audit's figures are those of evaluation mode.",
            next_step="Call eval() before saving, and compare with figures that were made in evaluation mode.",
            evidence={"loading": observed.audit.model.loading},
        )


@finding_rule("DLA232")
def another_scaling(observed: Observed) -> Iterator[Finding]:
    """Inputs that under another common scaling are predicted much better."""
    for one in _best(observed, SCALING):
        detail = one.detail
        yield finding(
            "DLA232",
            "error",
            "model",
            f"With the inputs x given otherwise ({one.subject}), the {_PERCENT[detail['metric']]} on the same "
            f"{counted(detail['rows'], 'row')} is {number(detail['then'])} instead of {number(detail['now'])}. The "
            f"inputs as given lie in {interval(detail['least'], detail['most'])}; the model seems to expect others.",
            evidence={"scaling": one.subject, "gain": one.value, **detail},
        )


@finding_rule("DLA233")
def unlike_training(observed: Observed) -> Iterator[Finding]:
    """What reaches the first batch normalisation lies far from the statistics that it kept from training."""
    for one in _probes(observed, NORM):
        spread = float(one.detail["spread"])
        untrained = bool(one.detail["untrained"])
        if not untrained and one.value <= FAR and 1 / WIDE <= spread <= WIDE:
            continue
        told = (
            "has the statistics that it begins with: it was never trained, or its statistics were not saved"
            if untrained
            else f"sees means {number(one.value)} running deviations away and deviations {number(spread)} times as "
            "wide as in training (median channel): the inputs are scaled otherwise, or other people's"
        )
        yield finding(
            "DLA233",
            "warning",
            "model",
            f"The first batch normalisation {told}.",
            evidence={"shift": one.value, **one.detail},
        )


@finding_rule("DLA231")
def says_nothing(observed: Observed) -> Iterator[Finding]:
    """The same score for everybody, or probabilities that are nearly all 0 or 1."""
    for one in _probes(observed, CONSTANT):
        yield finding(
            "DLA231",
            "error",
            "model",
            f"All {counted(one.detail['rows'], 'row')} have the same score ({number(one.value)}): the model says "
            "nothing of them.",
            evidence={"score": one.value, **one.detail},
        )
    for one in _probes(observed, SATURATED):
        if one.value >= MOST_SATURATED and observed.audit.model.output != "label":
            yield finding(
                "DLA231",
                "warning",
                "model",
                f"{number(100 * one.value)} % of probabilities are within 1e-6 of 0 or 1: they rank hardly anybody, as "
                "they do where inputs are scaled too large or probabilities were read as logits.",
                evidence={"share": one.value, **one.detail},
            )


@finding_rule("DLA234")
def inputs_without_effect(observed: Observed) -> Iterator[Finding]:
    """Inputs that change no score although they vary, and inputs with a single value."""
    for probe, told in ((DEAD, "change no score"), (INPUTS, "have a single value")):
        for one in _probes(observed, probe):
            known = one.detail["inputs"]
            yield finding(
                "DLA234",
                "note",
                "model",
                f"{counted(len(known), 'input')} {told} on {counted(one.detail['rows'], 'row')}: {names(known)}.",
                evidence={"what": probe, **one.detail},
            )


@finding_rule("DLA235")
def classes_in_another_order(observed: Observed) -> Iterator[Finding]:
    """Classes whose outputs stand in another order than model.classes says."""
    for one in _best(observed, ORDER):
        detail = one.detail
        moved = [f"{was} is {now}" for was, now in detail["order"].items() if was != now]
        yield finding(
            "DLA235",
            "error",
            "model",
            f"With the outputs in another order the accuracy is {number(detail['then'])} instead of "
            f"{number(detail['now'])} on {counted(detail['rows'], 'row')} that did not choose the order: "
            f"what is read as {names(moved)}.",
            evidence=detail,
        )


@finding_rule("DLA238")
def labels_of_other_rows(observed: Observed) -> Iterator[Finding]:
    """Scores that tell the labels of the neighbouring rows far better than their own."""
    for one in _best(observed, SHIFT):
        detail = one.detail
        yield finding(
            "DLA238",
            "error",
            "model",
            f"The scores tell {one.subject} far better than their own: the {_PERCENT[detail['metric']]} is "
            f"{number(detail['then'])} instead of {number(detail['now'])} on {counted(detail['rows'], 'row')}. Labels "
            "and inputs seem to be of different rows, as where one of two files has a line more.",
            evidence={"gain": one.value, **detail},
        )


@finding_rule("DLA237")
def probabilities_read_as_logits(observed: Observed) -> Iterator[Finding]:
    """Outputs that are probabilities by all that is seen of them, and are read as logits."""
    dry, model = observed.dry, observed.audit.model
    least, most = dry.get("least"), dry.get("most")
    if model.output != "logit" or least is None or most is None or least < 0 or most > 1:
        return
    ends = dry.get("ends_in") in {"sigmoid", "softmax"}
    several = dry.get("outputs", 1) > 1
    if not ends and not (dry.get("rows_sum_to_one") if several else most - least >= MOST_OF_THE_WAY):
        return
    why = f"the model ends in a {dry['ends_in']}" if ends else "as probabilities do"
    yield finding(
        "DLA237",
        "warning",
        "model",
        f"Outputs are read as logits, but those of the first rows run from {number(least)} to {number(most)}, {why}: "
        "read twice, all scores lie close together and the threshold tells little.",
        evidence={"least": least, "most": most, "ends_in": dry.get("ends_in")},
    )


@finding_rule("DLA236")
def several_classes_near_chance(observed: Observed) -> Iterator[Finding]:
    """A multiclass model whose mean recall is not shown to exceed that of guessing."""
    audit = observed.audit
    recall, accuracy = _overall(audit, "macro_recall"), _overall(audit, "accuracy")
    classes = len(audit.model.classes)
    if audit.model.task != "multiclass" or classes < 2:
        return
    shares = [one.value for one in audit.measurements if _is_share(one) and one.value is not None]
    majority = max(shares, default=None)
    if recall is not None and recall.value is not None and recall.low is not None and recall.low <= 1 / classes:
        told, figure = "not shown to be above that of guessing", recall
        text = f"The mean recall is {number(recall.value)} ({interval(recall.low, recall.high)}), {told}"
        text = f"{text}, {number(1 / classes)}"
    elif (
        accuracy is not None
        and accuracy.value is not None
        and accuracy.high is not None
        and majority is not None
        and accuracy.high < majority
    ):
        figure = accuracy
        text = f"The accuracy is {number(accuracy.value)} ({interval(accuracy.low, accuracy.high)}), below the "
        text = f"{text}share of the commonest class, {number(majority)}"
    else:
        return
    yield finding(
        "DLA236",
        "warning",
        "model",
        f"{text}: the model hardly tells the classes apart.",
        evidence={"value": figure.value, "low": figure.low, "high": figure.high, "classes": classes},
    )


def _probes(observed: Observed, probe: str) -> list[ProbeResult]:
    return [one for one in observed.audit.probes if one.probe == probe]


def _best(observed: Observed, probe: str) -> list[ProbeResult]:
    """What that look found, unless another of the three would do still better: one fault makes several look so."""
    most = max((one.detail["then"] for of in (SCALING, ORDER, SHIFT) for one in _probes(observed, of)), default=0.0)
    return [one for one in _probes(observed, probe) if one.detail["then"] >= most]


def _overall(audit: Audit, metric: str) -> Measurement | None:
    found = (one for one in audit.measurements if one.metric == metric and one.slice == OVERALL and one.is_defined)
    return next(found, None)


def _is_share(one: Measurement) -> bool:
    """Whether it says how common a class is."""
    return one.metric.startswith("prevalence[") and one.slice == OVERALL and one.is_defined
