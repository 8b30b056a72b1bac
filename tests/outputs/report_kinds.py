"""An audit of a model that reads a text and a picture: maps, words, and rows changed on the way to the model."""

from report_lending import lending

from dlaudit.record import Altered, Attribution, AttributionMap, Audit, Finding, MapDifference, Verdict

BLACK, WHITE = "race=Black", "race=White"
WHAT = "texts cut after 128 tokens"
WORDS = {"late": -0.05, "steady": 0.08, "rent": -0.01, "(other words)": 0.004}
SHAPE = (4, 4)


def places(strongest: int, value: float) -> list[float]:
    """Small values everywhere but at one place."""
    return [value if at == strongest else 0.001 * (at % 3 - 1) for at in range(16)]


def a_map(slice_: str, mean: list[float], **given: object) -> AttributionMap:
    """A map of the picture, as Integrated Gradients makes it."""
    made = {"method": "integrated_gradients", "input": "image", "axes": ["row", "column"], "shape": list(SHAPE)}
    return AttributionMap.model_validate(
        {
            **made,
            "slice": slice_,
            "aligned": True,
            "mean": mean,
            "mean_abs": [abs(value) + 0.002 for value in mean],
            "rows": 200,
            **given,
        }
    )


def a_difference(mean: list[float], reach: float, **given: object) -> MapDifference:
    """Black less White, with one reach for all places."""
    beyond = sum(abs(value) > reach for value in mean)
    made = {"method": "integrated_gradients", "input": "image", "axes": ["row", "column"], "shape": list(SHAPE)}
    return MapDifference.model_validate(
        {
            **made,
            "slice": BLACK,
            "reference": WHITE,
            "mean": mean,
            "reach": [reach] * 16,
            "mean_abs": [abs(value) for value in mean],
            "reach_abs": [reach] * 16,
            "beyond": beyond,
            "beyond_abs": beyond,
            "rows": 500,
            **given,
        }
    )


def words_of(slice_: str, shift: float) -> list[Attribution]:
    """Contributions of words; that of `rent` could be chance."""
    return [
        Attribution(
            method="integrated_gradients",
            slice=slice_,
            feature=word,
            mean=value + shift,
            mean_abs=abs(value) + 0.01,
            low=value + shift - 0.02,
            high=value + shift + 0.02,
            rows=200,
        )
        for word, value in WORDS.items()
    ]


def kinds() -> tuple[Audit, Verdict]:
    """The lending audit, its inputs a letter and a photograph."""
    audit, verdict = lending()
    size = {one.id: one.n for one in audit.slices}
    white, black = places(5, 0.02), places(9, -0.04)
    seen = [a_map(WHITE, white), a_map(BLACK, black)]
    seen += [a_map(one.slice, one.mean_abs, method="captum.LayerGradCam") for one in list(seen)]
    cut = {BLACK: round(0.4 * size[BLACK]), WHITE: round(0.1 * size[WHITE])}
    uneven = Finding(
        code="DLA360",
        severity="warning",
        subject=BLACK,
        message="More rows of race=Black were changed.",
        next_step="Cut no texts.",
        evidence={"what": WHAT, "changed": {BLACK: 0.4, WHITE: 0.1}, "p_value": 1e-9},
    )
    more = {
        "modality": "text + image",
        "features": ["letter", "photo"],
        "altered": [
            Altered(what="turned upright", rows=3, by_slice={WHITE: 3}),
            Altered(what=WHAT, rows=sum(cut.values()), by_slice=cut),
        ],
    }
    update = {
        "data": audit.data.model_copy(update=more),
        "maps": seen,
        "map_differences": [a_difference([a - b for a, b in zip(black, white, strict=True)], 0.01)],
        "attributions": [*words_of(WHITE, 0.0), *words_of(BLACK, -0.03)],
        "findings": [*audit.findings, uneven],
    }
    return audit.model_copy(update=update), verdict
