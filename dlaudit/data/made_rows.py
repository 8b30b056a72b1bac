"""The rows to audit where they are not those of the file: sequences of visits, counted things, right options."""

from dlaudit.data.choices_right import with_right_option
from dlaudit.data.counted import with_counted
from dlaudit.data.raw import RawTable
from dlaudit.data.sequence_rows import sequence_rows
from dlaudit.spec import AuditSpec


def made_rows(raw: RawTable, spec: AuditSpec) -> RawTable:
    """The table with one record for each row to audit; itself where the configuration asks for nothing else.

    Raises:
        UsageError, DataRefused: As the functions that make them.
    """
    return with_counted(with_right_option(sequence_rows(raw, spec), spec), spec)
