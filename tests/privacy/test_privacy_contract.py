"""Every number of every record is classified, and what the function does not know is not published."""

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest
from privacy_audits import drawn, made
from report_audits import ALL, lending

from dlaudit.record import UNKNOWN, Audit, Record, Verdict
from dlaudit.record.privacy import suppressed
from dlaudit.record.privacy.fields import FIELDS
from dlaudit.record.privacy.suppress import AS_IT_IS


def records() -> set[type[Record]]:
    """Every record that an Audit or a Verdict is made of."""
    found: set[type[Record]] = set()
    open_: list[Any] = [Audit, Verdict]
    while open_:
        one = open_.pop()
        open_ += get_args(one)
        if isinstance(one, type) and issubclass(one, Record) and one not in found:
            found.add(one)
            open_ += [field.annotation for field in one.model_fields.values()]
    return found


def holds_numbers(annotation: Any) -> bool:
    return annotation in (int, float, Any) or any(holds_numbers(part) for part in get_args(annotation))


def numeric_fields() -> set[str]:
    found = set()
    for one in records():
        for name, field in one.model_fields.items():
            owner = next(base for base in reversed(one.__mro__) if name in getattr(base, "model_fields", {}))
            if holds_numbers(field.annotation):
                found.add(f"{owner.__name__}.{name}")
    return found


def test_every_number_of_every_record_is_classified() -> None:
    missing, stale = numeric_fields() - set(FIELDS), set(FIELDS) - numeric_fields()
    assert not missing, f"say in dlaudit/record/privacy/fields.py what these could tell about people: {missing}"
    assert not stale


def test_the_function_names_every_field_that_it_publishes_of_an_audit() -> None:
    audit, verdict = lending()
    told = {*AS_IT_IS, "data", "slices", "measurements", "disparities", "discoveries", "attributions", "quality"}
    told |= {"trust", "decompositions", "probes", "findings", "not_applicable", "suppression", "provenance"}
    shown, _ = suppressed(audit, verdict, 11)
    for name, field in Audit.model_fields.items():
        if name not in told:
            assert getattr(shown, name) == field.get_default(call_default_factory=True), name


def people(record: Any) -> Iterator[tuple[str, float]]:
    """Every number in a field that counts people."""
    if isinstance(record, Record):
        for name in type(record).model_fields:
            value = getattr(record, name)
            owner = next(base for base in reversed(type(record).__mro__) if name in getattr(base, "model_fields", {}))
            if FIELDS.get(f"{owner.__name__}.{name}") == "people":
                numbers = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
                yield from ((f"{owner.__name__}.{name}", number) for number in numbers if number is not None)
            yield from people(value)
    elif isinstance(record, list | dict):
        for one in record.values() if isinstance(record, dict) else record:
            yield from people(one)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"degenerate"}))
def test_no_field_that_counts_people_holds_a_small_count(name: str) -> None:
    audit, verdict = ALL[name]()
    for part in suppressed(audit, verdict, 11):
        assert [(where, number) for where, number in people(part) if 0 < number < 11] == []


def test_the_same_search_finds_the_small_counts_of_the_audit_as_it_was() -> None:
    audit, _ = lending()
    assert any(0 < number < 11 for _, number in people(audit))


@pytest.mark.parametrize("seed", range(8))
def test_drawn_audits_hold_no_small_count_either(seed: int) -> None:
    audit, verdict = made(drawn(np.random.default_rng(seed), (4, 3), 2.0))
    for part in suppressed(audit, verdict, 11):
        assert [(where, number) for where, number in people(part) if 0 < number < 11] == []
    assert UNKNOWN not in {one.id for one in audit.slices}
