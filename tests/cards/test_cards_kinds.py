"""Every kind of input from its files to its cards: in full, masked, and the same bytes twice."""

import base64
import io
import re
import wave

import numpy as np
import pytest
from tiny_audits import KINDS, SECRET, pairs, scores, table, text

from dlaudit.outputs.html import render_html
from dlaudit.record.files import dump, parse

HELD = {
    "table": "cells",
    "scores": "cells",
    "text": "passages",
    "image": "rasters",
    "audio": "rasters",
    "series": "curves",
    "symbols": "passages",
    "pairs": "cells",
}

NEEDS = {"text": "tokenizers", "image": "PIL", "audio": "soundfile"}
"""Packages of extras."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Audits by kind and mode, each made once."""
    made = {}

    def audit(kind, mode="full"):
        if kind in NEEDS:
            pytest.importorskip(NEEDS[kind])
        if (kind, mode) not in made:
            made[kind, mode] = KINDS[kind](tmp_path_factory.mktemp(f"{kind}-{mode}"), mode)
        return made[kind, mode]

    return audit


@pytest.mark.parametrize("kind", KINDS)
def test_every_card_in_full_shows_what_the_row_holds(shown, kind):
    audit = shown(kind)
    found = audit.examples
    assert found is not None and found.mode == "full" and len(found.cards) >= 4
    assert {card.slice for card in found.cards} == {"sex=F", "sex=M"}
    for card in found.cards:
        assert getattr(card.content, HELD[kind]) and not card.content.failed
        assert (card.why == "worst") == (card.label != card.prediction)
        assert card.row is not None
    assert "card worst" in render_html(audit, None)
    assert parse(dump(audit, None))[0] == audit


@pytest.mark.parametrize("kind", KINDS)
def test_masked_cards_hold_no_id_name_or_rare_word(shown, kind):
    audit = shown(kind, "masked")
    found = audit.examples
    assert found is not None and found.cards
    written = found.model_dump_json()
    assert SECRET not in written and SECRET.lower() not in written.lower()
    assert SECRET not in render_html(audit, None)
    for card in found.cards:
        assert (card.row, card.id, card.levels, card.content.clips) == (None, None, {}, [])
    assert "Masking is a courtesy, not anonymisation" in render_html(audit, None)


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in {"pairs", "image", "audio", "series", "symbols"}])
def test_in_full_the_same_rows_would_have_told_it(shown, kind):
    assert SECRET in shown(kind).examples.model_dump_json()


@pytest.mark.parametrize("kind", ["table", "audio"])
def test_the_same_audit_gives_the_same_examples(shown, kind, tmp_path):
    again = KINDS[kind](tmp_path, "full").examples
    assert again.model_dump_json() == shown(kind).examples.model_dump_json()


def test_contributions_stand_on_the_cards_where_rows_were_explained(shown):
    for kind in ("table", "text", "image", "symbols"):
        found = shown(kind).examples
        assert found.method is not None and found.explained > 0, kind
        known = [card.content for card in found.cards]
        parts = [one.contribution for each in known for one in each.cells]
        parts += [piece.contribution for each in known for one in each.passages for piece in one.stretches]
        parts += [value for each in known for one in each.rasters for value in one.contributions]
        assert any(value for value in parts if value is not None), kind


def test_contributions_of_a_row_are_those_of_the_explained_rows(shown):
    audit = shown("table")
    kept = audit.explained_kept.table.to_pylist()
    by_id = {line["row_id"]: line for line in kept if line["method"] == audit.examples.method}
    for card in audit.examples.cards:
        for cell in card.content.cells:
            if card.id in by_id:
                assert cell.contribution == pytest.approx(by_id[card.id][cell.name], rel=1e-3)


def test_numbers_are_rounded_to_one_digit_where_masked(shown):
    cells = [cell for card in shown("table", "masked").examples.cards for cell in card.content.cells]
    incomes = {cell.value for cell in cells if cell.name == "income" and not cell.hidden}
    assert {"kids"} <= {cell.name for cell in cells} <= {"income", "kids"}
    assert all(value == "" or value.startswith("≈ ") for value in incomes)
    assert {cell.value for cell in cells if cell.name == "kids"} <= {"≈ 0", "≈ 1", "≈ 2"}


def test_texts_that_many_rows_share_are_shown_where_masked(shown):
    cells = [cell for card in shown("scores", "masked").examples.cards for cell in card.content.cells]
    towns = {cell.value for cell in cells if cell.name == "town"}
    assert "Graz" in towns | {"Graz"} and towns <= {"Graz", ""}
    assert all(cell.hidden == (cell.value == "") for cell in cells)


def test_masked_texts_keep_common_words_alone(shown):
    cards = shown("text", "masked").examples.cards
    texts = ["".join(piece.text for piece in card.content.passages[0].stretches) for card in cards]
    assert all(re.match(r"the food of \[…\]( \[…\])? was ", one) for one in texts)
    assert "4711" not in "".join(texts)


def test_masked_symbols_keep_their_shape_alone(shown):
    cards = shown("symbols", "masked").examples.cards
    assert {"".join(one.text for one in card.content.passages[0].stretches) for card in cards} == {"xxxxx0"}
    pieces = [piece for card in cards for one in card.content.passages for piece in one.stretches]
    assert {piece.contribution for piece in pieces} == {None}  # it would tell which letter it is


def test_masked_pictures_are_a_few_squares(shown):
    rasters = [card.content.rasters[0] for card in shown("image", "masked").examples.cards]
    assert {(one.width, one.height) for one in rasters} == {(8, 6)}
    full = [card.content.rasters[0] for card in shown("image").examples.cards]
    assert {(one.width, one.height) for one in full} == {(16, 12)}


@pytest.mark.parametrize("kind", ["table", "text", "image"])
def test_every_contribution_has_one_digit_where_masked_and_what_is_hidden_has_none(shown, kind):
    def parts(mode):
        known = [card.content for card in shown(kind, mode).examples.cards]
        told = [one.contribution for each in known for one in each.cells]
        told += [piece.contribution for each in known for one in each.passages for piece in one.stretches]
        told += [value for each in known for one in each.rasters for value in one.contributions]
        return [one for one in told if one is not None]

    masked = parts("masked")
    assert masked and all(value == float(f"{value:.1g}") for value in masked)
    assert any(value != float(f"{value:.1g}") for value in parts("full"))  # the twin that is told as it is
    cells = [cell for card in shown(kind, "masked").examples.cards for cell in card.content.cells]
    assert all(one.contribution is None and one.value == "" for one in cells if one.hidden)


def test_sounds_play_in_full(shown):
    card = shown("audio").examples.cards[0]
    with wave.open(io.BytesIO(base64.b64decode(card.content.clips[0].wav))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 1, 8_000)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.uint8).astype(int) - 128
    assert 100 < np.abs(samples[:1_600]).max() <= 116 and (samples[1_700:] == 0).all()


def test_curves_are_the_measurements(shown):
    card = shown("series").examples.cards[0]
    assert [(one.name, one.steps, len(one.values)) for one in card.content.curves] == [("hr", 10, 10), ("bp", 10, 10)]
    masked = shown("series", "masked").examples.cards[0]
    assert {len(one.values) for one in masked.content.curves} == {5}


def test_none_is_the_default_and_holds_nothing(tmp_path):
    audit = text(tmp_path, "none")
    assert audit.examples is None and SECRET not in dump(audit, None)


def test_small_counts_leave_no_room_for_single_rows(tmp_path):
    audit = table(tmp_path, "full", **{"report.small_cells": 5})
    assert audit.examples is None
    (told,) = [one for one in audit.not_applicable if one.what == "examples"]
    assert "count of one" in told.reason


def test_small_slices_have_no_cards(tmp_path):
    audit = scores(tmp_path, "full", **{"slices.min_size": 41})
    assert audit.examples.cards == []
    assert [one.why_none for one in audit.examples.slices] == ["small", "small"]
    assert "No rows are shown of sex=F, sex=M: fewer than 41 rows" in render_html(audit, None)


def test_a_pair_shows_both_of_its_sides(tmp_path):
    card = pairs(tmp_path, "full").examples.cards[0]
    assert [cell.name for cell in card.content.cells][:2] == ["first: voice", "second: voice"]
    assert all(cell.value.startswith(SECRET) for cell in card.content.cells[:2])
