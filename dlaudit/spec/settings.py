"""Dotted keys, as `--set model.threshold=0.8` and the Python API's `settings` write them."""

import tomllib
from collections.abc import Mapping
from typing import Any

from dlaudit.errors import UsageError, shown

_OF_FILES = ("rule", "waiver", "profiles", "extend")
"""Keys that only files have: a value from a flag would replace what is inherited, without a finding."""


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """`{"model.threshold": 0.8}` as `{"model": {"threshold": 0.8}}`.

    Raises:
        UsageError: A key is both a table and a value.
    """
    tables: dict[str, Any] = {}
    for key, value in dotted.items():
        *path, name = key.split(".")
        at = tables
        for part in path:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise UsageError("DLA101", f"{shown(key)} is inside a value", fix="Give each key once.")
        if isinstance(at.get(name), dict):
            raise UsageError("DLA101", f"{shown(key)} is both a value and a table", fix="Give each key once.")
        at[name] = value
    return tables


def setting(text: str) -> tuple[str, Any]:
    """Key and value of `KEY=VALUE`; the value is TOML, or plain text where it is not.

    Raises:
        UsageError: There is no `=`, or the key is of the policy, which files hold (DLA101).
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise UsageError(
            "DLA101",
            f"--set {shown(text)} has no key and value",
            expected="KEY=VALUE",
            fix="For example --set model.threshold=0.8.",
        )
    if key.strip().partition(".")[0].strip().strip("\"'") in _OF_FILES:
        raise UsageError(
            "DLA101",
            f"--set {shown(text, limit=100)} would put aside the policy of the files, and nothing would say so",
            fix="Add rules with --rule and profiles with --profile, and write everything else into dlaudit.toml.",
        )
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):  # no TOML, or brackets too deep or numbers too long to read
        return key.strip(), value
