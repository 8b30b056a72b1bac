"""The CSV files: RFC 4180, numbers that stay numbers, text that a spreadsheet does not compute."""

import csv
import io
import re

import pandas as pd
import pytest
from golden_files import assert_golden
from hypothesis import given
from hypothesis import strategies as st
from report_audits import ALL, hostile, lending

from dlaudit.outputs import contributions
from dlaudit.outputs.csv import COLUMNS, render_csv
from dlaudit.outputs.csv_table import csv_text, guarded

TABLES = {
    "disparities": (render_csv, COLUMNS),
    "contributions": (contributions.render_contributions, contributions.COLUMNS),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", [*ALL, "hostile"])
def test_every_line_is_a_record_of_rfc_4180(name, table):
    render, columns = TABLES[table]
    text = render(*(hostile if name == "hostile" else ALL[name])())
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert tuple(rows[0]) == columns and {len(row) for row in rows} == {len(columns)}


def test_the_order_of_columns_is_that_of_the_first_version():
    assert ",".join(COLUMNS) == (
        "id,metric,kind,by,within,value,low,high,level,p_value,p_adjusted,worst,reference,n,minimum_detectable,"
        "undefined,undefined_slices,noise_mean,noise_95,shrunken,between_sd"
    )


def test_pandas_reads_the_numbers_that_the_audit_has():
    audit, verdict = lending()
    frame = pd.read_csv(io.StringIO(render_csv(audit, verdict)))
    assert len(frame) == len(audit.disparities)
    for column in ("value", "low", "high", "p_value", "n"):
        wanted = [getattr(one, column) for one in audit.disparities]
        assert frame[column].astype(float).fillna(-9).tolist() == [-9 if one is None else one for one in wanted]
    assert frame["id"].tolist() == [one.id for one in audit.disparities]


def test_a_negative_number_is_a_number():
    assert csv_text(("a", "b"), [{"a": -0.5, "b": "-0.5"}]) == "a,b\r\n-0.5,'-0.5\r\n"


def test_text_of_a_hostile_audit_is_guarded():
    rows = list(csv.DictReader(io.StringIO(render_csv(*hostile()))))
    assert float(rows[0]["value"]) > 0
    texts = [cell for row in rows for cell in row.values() if cell and not re.fullmatch(r"-?[\d.e-]+", cell)]
    assert texts and not [cell for cell in texts if cell[0] in "=+-@\t\r\n"]
    assert [cell for cell in texts if cell.startswith("'=HYPERLINK")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝", "＋", "－", "＠"])
def test_every_start_of_a_formula_is_guarded(start):
    assert guarded(f"{start}1+1").lstrip(" ").startswith("'")
    assert guarded("1+1") == "1+1"


@given(st.text(alphabet=st.sampled_from("=+-@,;|\t\r\n'\" a1"), max_size=12))
def test_no_cell_computes_whatever_its_reader_parts_cells_by(text):
    line = csv_text(("a",), [{"a": text}]).split("\r\n")[1]
    for parting in ",;\t|":
        for cell in line.split(parting):
            assert cell.strip(' "')[:1] not in {"=", "+", "-", "@"}


def test_a_list_of_names_is_never_cut():
    names = [f"race=level {at}" for at in range(900)]
    (row,) = csv.DictReader(io.StringIO(csv_text(("undefined_slices",), [{"undefined_slices": names}])))
    assert row["undefined_slices"].split("; ") == names


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_as_they_were_last_looked_at(table):
    assert_golden(f"lending-{table}.csv", TABLES[table][0](*lending()))
