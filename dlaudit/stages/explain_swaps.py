"""Sentences in which one kind of person is swapped for another, scored by the model as its own rows are."""

import numpy as np
import pyarrow as pa

from dlaudit.errors import DlauditError
from dlaudit.probes.identity import NAME, Filled, swap_results
from dlaudit.probes.suite_files import read_texts, shipped
from dlaudit.record import NotApplicable, ProbeResult
from dlaudit.stages.prepare import Subject
from dlaudit.stages.score import model_scores


def swaps(subject: Subject) -> tuple[list[ProbeResult], list[NotApplicable]]:
    """Results of every suite that `[probes]` asks for."""
    asked = subject.spec.probes
    suites: list[tuple[str, list[Filled]]] = [(name, shipped(name)) for name in dict.fromkeys(asked.swap)]
    if asked.swap_file is not None:
        suites.append((asked.swap_file, read_texts(asked.swap_file)))
    if not suites:
        return [], []
    reason = _why_not(subject)
    if reason is not None:
        return [], [NotApplicable(what=f"probe {NAME}", reason=reason)]
    results: list[ProbeResult] = []
    left_out: list[NotApplicable] = []
    for name, texts in suites:
        try:
            score = _scores(subject, [one.text for one in texts])
        except DlauditError as error:
            left_out.append(NotApplicable(what=f"probe {NAME} ({name})", reason=error.what))
            continue
        results += swap_results(name, texts, score, subject.spec.model.threshold, subject.spec.run.seed)
    return results, left_out


def _why_not(subject: Subject) -> str | None:
    if subject.host is None or subject.data.only_text is None:
        return "only a model of single texts can be asked"
    if subject.labels.task not in ("binary", "regression"):
        return "only one score of a text can be compared"
    return None


def _scores(subject: Subject, texts: list[str]) -> np.ndarray:
    """The model's score of each text, encoded as the rows of the data are."""
    assert subject.data.only_text is not None
    inputs = subject.data.encoded({subject.data.only_text: pa.array(texts, pa.string())})
    return model_scores(subject, inputs)[:, 0]
