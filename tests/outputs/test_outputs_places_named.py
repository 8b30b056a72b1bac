"""Places of maps by name: channels and hours, bands and seconds."""

from report_kinds import a_map, kinds

from dlaudit.outputs.view.maps import maps
from dlaudit.outputs.view.places import Canvas
from dlaudit.outputs.words import plain

HOURS = [f"{at}-{at + 1} h" for at in range(4)]


def test_places_are_told_by_their_names_where_there_are_any() -> None:
    canvas = Canvas(axes=("time", "channel"), shape=(4, 2), called=(HOURS, ["heart rate", "oxygen"]))
    assert canvas.named(5) == "2-3 h, oxygen"
    assert canvas.ends("time") == ("0-1 h", "3-4 h")
    assert canvas.ends("channel") == ("heart rate", "oxygen")


def test_a_single_place_has_no_ends_and_numbers_need_none() -> None:
    assert Canvas(axes=("time",), shape=(1,), called=(["0-1 h"],)).ends("time") is None
    assert Canvas(axes=("time",), shape=(4,)).ends("time") is None


def test_the_report_tells_names_of_places_and_ends_of_axes() -> None:
    audit = kinds()[0]
    names = [HOURS, ["hr", "bp", "spo2", "temperature"]]
    named = [one.model_copy(update={"axes": ["time", "channel"], "places": names}) for one in audit.maps]
    apart = [one.model_copy(update={"axes": ["time", "channel"], "places": names}) for one in audit.map_differences]
    (line,) = maps(audit.model_copy(update={"maps": named, "map_differences": apart})).first
    assert "time (4: 0-1 h … 3-4 h)" in line.caption
    assert "channel (4: hr … temperature)" in line.caption
    assert any("2-3 h, bp" in plain(one) for one in line.told)
    assert {one.place.split(", ")[1] for one in line.strong} <= set(names[1])


def test_maps_without_names_count_places() -> None:
    assert a_map is not None
    (line,) = maps(kinds()[0]).first
    assert "row (4)" in line.caption
