"""What a share of people says, in whole sentences: one row for everything that can happen to the people counted.

A sentence is not put together from a verb and the rest of it, because other languages put the verb elsewhere.
"""

from dataclasses import dataclass

from dlaudit.outputs.translate import N_


@dataclass(frozen=True, kw_only=True)
class RateWords:
    """The sentences of one thing that happens to people."""

    ratio: str
    same: str
    """Where the gap is nothing."""
    more: str
    less: str
    heads_more: str
    """What stands under `13 in 100`."""
    heads_fewer: str
    heads_of: str
    """The same of one slice by itself."""
    gap_more: str
    """The gap that is explained."""
    gap_fewer: str


RATES = {
    "are selected": RateWords(
        ratio=N_("{low} are selected {value} times as often as {high}"),
        same=N_("{one} are selected as often as {other}"),
        more=N_("{one} are selected {value} percentage points more often than {other}"),
        less=N_("{one} are selected {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are selected ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are selected ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are selected ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are selected than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are selected than of {reference}."),
    ),
    "are truly positive": RateWords(
        ratio=N_("{low} are truly positive {value} times as often as {high}"),
        same=N_("{one} are truly positive as often as {other}"),
        more=N_("{one} are truly positive {value} percentage points more often than {other}"),
        less=N_("{one} are truly positive {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are truly positive ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are truly positive ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are truly positive ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are truly positive than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are truly positive than of {reference}."),
    ),
    "are truly negative": RateWords(
        ratio=N_("{low} are truly negative {value} times as often as {high}"),
        same=N_("{one} are truly negative as often as {other}"),
        more=N_("{one} are truly negative {value} percentage points more often than {other}"),
        less=N_("{one} are truly negative {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are truly negative ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are truly negative ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are truly negative ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are truly negative than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are truly negative than of {reference}."),
    ),
    "are predicted positive": RateWords(
        ratio=N_("{low} are predicted positive {value} times as often as {high}"),
        same=N_("{one} are predicted positive as often as {other}"),
        more=N_("{one} are predicted positive {value} percentage points more often than {other}"),
        less=N_("{one} are predicted positive {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are predicted positive ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are predicted positive ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are predicted positive ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are predicted positive than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are predicted positive than of {reference}."),
    ),
    "are predicted negative": RateWords(
        ratio=N_("{low} are predicted negative {value} times as often as {high}"),
        same=N_("{one} are predicted negative as often as {other}"),
        more=N_("{one} are predicted negative {value} percentage points more often than {other}"),
        less=N_("{one} are predicted negative {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are predicted negative ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are predicted negative ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are predicted negative ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are predicted negative than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are predicted negative than of {reference}."),
    ),
    "are predicted right": RateWords(
        ratio=N_("{low} are predicted right {value} times as often as {high}"),
        same=N_("{one} are predicted right as often as {other}"),
        more=N_("{one} are predicted right {value} percentage points more often than {other}"),
        less=N_("{one} are predicted right {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are predicted right ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are predicted right ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are predicted right ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are predicted right than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are predicted right than of {reference}."),
    ),
    "match": RateWords(
        ratio=N_("{low} match {value} times as often as {high}"),
        same=N_("{one} match as often as {other}"),
        more=N_("{one} match {value} percentage points more often than {other}"),
        less=N_("{one} match {value} percentage points less often than {other}"),
        heads_more=N_("more {one} match ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} match ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} match ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more match than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer match than of {reference}."),
    ),
    "do not match": RateWords(
        ratio=N_("{low} do not match {value} times as often as {high}"),
        same=N_("{one} do not match as often as {other}"),
        more=N_("{one} do not match {value} percentage points more often than {other}"),
        less=N_("{one} do not match {value} percentage points less often than {other}"),
        heads_more=N_("more {one} do not match ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} do not match ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} do not match ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more do not match than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer do not match than of {reference}."),
    ),
    "are of one person": RateWords(
        ratio=N_("{low} are of one person {value} times as often as {high}"),
        same=N_("{one} are of one person as often as {other}"),
        more=N_("{one} are of one person {value} percentage points more often than {other}"),
        less=N_("{one} are of one person {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are of one person ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are of one person ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are of one person ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are of one person than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are of one person than of {reference}."),
    ),
    "are of two people": RateWords(
        ratio=N_("{low} are of two people {value} times as often as {high}"),
        same=N_("{one} are of two people as often as {other}"),
        more=N_("{one} are of two people {value} percentage points more often than {other}"),
        less=N_("{one} are of two people {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are of two people ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are of two people ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are of two people ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are of two people than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are of two people than of {reference}."),
    ),
    "are told rightly": RateWords(
        ratio=N_("{low} are told rightly {value} times as often as {high}"),
        same=N_("{one} are told rightly as often as {other}"),
        more=N_("{one} are told rightly {value} percentage points more often than {other}"),
        less=N_("{one} are told rightly {value} percentage points less often than {other}"),
        heads_more=N_("more {one} are told rightly ({rate} of {n}, against {reference})"),
        heads_fewer=N_("fewer {one} are told rightly ({rate} of {n}, against {reference})"),
        heads_of=N_("{one} are told rightly ({rate} of {n})"),
        gap_more=N_("Of {slice}, {heads} in {base} more are told rightly than of {reference}."),
        gap_fewer=N_("Of {slice}, {heads} in {base} fewer are told rightly than of {reference}."),
    ),
}
"""By what happens to the people counted (`MetricWords.clause`)."""

AMONG = {
    " who are truly positive": N_("{people} who are truly positive"),
    " who are truly negative": N_("{people} who are truly negative"),
    " who are predicted positive": N_("{people} who are predicted positive"),
    " who are predicted negative": N_("{people} who are predicted negative"),
    " that are truly positive": N_("{people} that are truly positive"),
    " that are truly negative": N_("{people} that are truly negative"),
    " that are predicted positive": N_("{people} that are predicted positive"),
    " that are predicted negative": N_("{people} that are predicted negative"),
    " that are of one person": N_("{people} that are of one person"),
    " that are of two people": N_("{people} that are of two people"),
    " that match": N_("{people} that match"),
    " that do not match": N_("{people} that do not match"),
}
"""By whom a metric is a share of (`MetricWords.among`): those people of a slice."""
