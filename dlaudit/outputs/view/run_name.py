"""The short name of a run, by which a printed page is matched with its audit.json."""

import hashlib
import json
import re

from dlaudit.record import Audit

DIGITS = 12


def run_name(audit: Audit) -> str:
    """Twelve hexadecimal digits, whatever the audit holds: the first of `provenance.run_id`.

    An audit that has none (a model in memory, a published report, an earlier version) is named by a digest of what was
    run, on what, when and with what.
    """
    given = audit.provenance.run_id or ""
    if re.fullmatch("[0-9a-f]{64}", given):
        return given[:DIGITS]
    told = [audit.provenance.model_dump(mode="json", exclude_defaults=True), audit.model.sha256, audit.data.sha256]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii")).hexdigest()[:DIGITS]
