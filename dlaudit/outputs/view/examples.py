"""Examples: what was chosen in each slice, by which rule, and what was done to the rows before they were written."""

from collections.abc import Iterator
from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import TEXT
from dlaudit.outputs.order import features_compared
from dlaudit.outputs.view.example_cards import Card, card
from dlaudit.outputs.view.missing import missing
from dlaudit.outputs.why_sentences import method_named
from dlaudit.outputs.words import Name, Sentence, level, rows_of, said
from dlaudit.record import LEAST_MASKED, Audit, Examples, ExampleSlice

MASKED_WORD = "[…]"
"""What stands for a word that is masked."""


@dataclass(frozen=True)
class SliceCards:
    """The rows of one slice."""

    name: str
    rows: str
    cards: list[Card]
    no_wrong: str


@dataclass(frozen=True)
class FeatureCards:
    """The slices of one sensitive feature."""

    feature: str
    slices: list[SliceCards]


@dataclass(frozen=True, kw_only=True)
class ExamplesView:
    """The section."""

    written: bool
    lead: Sentence
    rule: Sentence
    notes: list[Sentence]
    """Who may see the rows, what colours mean, and which rows are missing."""
    how: list[Sentence]
    """What was done to the rows."""
    features: list[FeatureCards]
    sounds: bool
    """Whether there is anything to play, which the page's policy then has to let."""
    reasons: list[tuple[str, str]]


def examples(audit: Audit) -> ExamplesView:
    """The section; without any row where none were written."""
    found, reasons = audit.examples, missing(audit, "examples")
    if found is None:
        return ExamplesView(
            written=False, lead=(), rule=(), notes=[], how=[], features=[], sounds=False, reasons=reasons
        )
    counted = len(found.cards)
    slots: dict[str, str | Sentence] = {
        "cards": text.count(counted),
        "all": text.count(audit.data.scored),
        "rows": rows_of(audit),
    }
    return ExamplesView(
        written=True,
        lead=said("examples_lead", counted, **slots),
        rule=said(
            f"examples_rule_{audit.model.task}",
            rows=rows_of(audit),
            worst=text.count(found.worst),
            typical=text.count(found.typical),
        ),
        notes=list(_notes(audit, found)),
        how=[
            (TEXT["examples_ties"],),
            *((note,) for note in _of_pairs(audit, found)),
            *((note,) for note in _by_kind(found)),
        ],
        features=_features(audit, found),
        sounds=any(one.content.clips for one in found.cards),
        reasons=reasons,
    )


def _features(audit: Audit, found: Examples) -> list[FeatureCards]:
    numbered = list(enumerate(found.cards, start=1))
    known = {one.id: one for one in audit.slices}
    groups: dict[str, list[SliceCards]] = {name: [] for name in features_compared(audit)}
    for chosen in found.slices:
        one = known.get(chosen.slice)
        if one is None or len(one.by) != 1 or not chosen.worst + chosen.typical:
            continue
        cards = [card(audit, each, number, one) for number, each in numbered if each.slice == one.id]
        name = level(one.where[one.by[0]])
        groups.setdefault(one.by[0], []).append(SliceCards(name, text.count(one.n), cards, _no_wrong(audit, chosen)))
    return [FeatureCards(name, slices) for name, slices in groups.items() if slices]


def _no_wrong(audit: Audit, chosen: ExampleSlice) -> str:
    """That nothing of a slice is predicted wrong, where that is why no error is shown."""
    if chosen.worst or audit.model.task == "regression" or not chosen.none_wrong:
        return ""
    return TEXT["examples_no_wrong"].format(rows="".join(rows_of(audit)))


def _notes(audit: Audit, found: Examples) -> Iterator[Sentence]:
    yield (TEXT[f"examples_{found.mode}"],)
    yield from _contributions(found)
    small = [one.slice for one in found.slices if one.why_none == "small"]
    room = [one.slice for one in found.slices if one.why_none == "room"]
    unknown = [one.slice for one in found.slices if one.why_none == "unknown"]
    least = max(audit.min_size, LEAST_MASKED if found.mode == "masked" else 0)
    if small:
        yield said("examples_small", slices=_named(small), least=text.count(least))
    if unknown:
        yield said("examples_unknown", slices=_named(unknown))
    if room:
        yield said("examples_room", slices=_named(room))
    if found.left_out:
        yield (TEXT["examples_left_out"].format(count=text.count(found.left_out)),)


def _named(ids: list[str]) -> Sentence:
    pieces: list[str] = []
    for one in ids:
        pieces += [", " if pieces else "", Name(one)]
    return tuple(piece for piece in pieces if piece)


def _of_pairs(audit: Audit, found: Examples) -> list[str]:
    """What is told of pairs, where rows are pairs."""
    if audit.data.pairs is None:
        return []
    return [TEXT["examples_pairs_masked" if found.mode == "masked" else "examples_pairs"]]


def _by_kind(found: Examples) -> Iterator[str]:
    """What was done to each kind of content that there is."""
    contents = [one.content for one in found.cards]
    masked = found.mode == "masked"
    rasters = [raster for one in contents for raster in one.rasters]
    if masked and any(one.cells for one in contents):
        yield TEXT["examples_masked_cells"].format(common=text.count(found.common))
    if masked and any(one.passages for one in contents):
        yield TEXT["examples_masked_passages"].format(common=text.count(found.common), masked=MASKED_WORD)
    if found.explained and any(one.passages for one in contents):
        yield TEXT["examples_strong"]
    images = [max(one.width, one.height) for one in rasters if one.of == "image"]
    if images and masked:
        yield TEXT["examples_masked_image"].format(squares=text.count(max(images)))
    elif images:
        yield TEXT["examples_image"].format(pixels=text.count(max(images)))
    if any(one.of == "sound" for one in rasters):
        yield TEXT["examples_sound"]
        if masked:
            yield TEXT["examples_masked_sound"]
    clips = [clip for one in contents for clip in one.clips]
    if clips:
        longest = text.decimal(round(max(one.seconds for one in clips), 1))
        yield TEXT["examples_clip"].format(rate=text.count(clips[0].rate), seconds=longest)
    spans = [len(curve.values) for one in contents for curve in one.curves]
    if masked and spans:
        yield TEXT["examples_masked_curves"].format(spans=text.count(max(spans)))


def _contributions(found: Examples) -> Iterator[Sentence]:
    if found.method is not None and found.explained:
        score = said("examples_score_of", label=(Name(found.explains),)) if found.explains else said("examples_score")
        yield said(
            "examples_moved",
            score=score,
            method=(Name(method_named(found.method)),),
            explained=text.count(found.explained),
            cards=text.count(len(found.cards)),
        )
    elif found.cards:
        yield (TEXT["examples_unmoved"],)
