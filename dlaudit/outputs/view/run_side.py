"""One of two runs: what it was, in the lines that tell it from the other."""

from dataclasses import dataclass
from pathlib import PurePath

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import BADGES, SIGNS
from dlaudit.outputs.catalogue_diff import FACTS
from dlaudit.outputs.translate import _
from dlaudit.record import RunRef


@dataclass(frozen=True)
class RunSide:
    """One of the two runs."""

    name: str
    title: str
    place: str
    outcome: str
    sign: str
    badge: str
    facts: list[tuple[str, str]]


def run_side(name: str, run: RunRef) -> RunSide:
    """The run under the name that it has beside the other."""
    model, data = (PurePath(path).name if path else text.NONE for path in (run.model, run.data))
    rows = _(FACTS["rows"]).format(count=text.count(run.rows))
    return RunSide(
        name=name,
        title=run.title or model,
        place=run.place,
        outcome=run.outcome,
        sign=SIGNS[run.outcome],
        badge=BADGES[run.outcome],
        facts=[
            (_(FACTS["model"]), f"{model} · {text.digest(run.model_sha256)}"),
            (_(FACTS["data"]), f"{data} · {text.digest(run.data_sha256)} · {rows}"),
            (_(FACTS["audited"]), text.moment(run.started) or text.NONE),
            (_(FACTS["run"]), run.place),
        ],
    )
