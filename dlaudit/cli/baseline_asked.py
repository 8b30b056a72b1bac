"""Whether a run is held against what its configuration names as the baseline, or flags say otherwise."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.errors import UsageError, listed, shown

if TYPE_CHECKING:
    from dlaudit.record import Audit
    from dlaudit.spec import Config

_OTHERWISE = "DLA119"


def must_not_be_blank(given: str | None) -> None:
    """Refuse an empty `--baseline`, as a variable of a CI job that is not set: it must not switch the baseline off.

    Raises:
        UsageError: It is empty (DLA101).
    """
    if given is not None and not given.strip():
        raise UsageError(
            "DLA101",
            "--baseline must be a path, not an empty text",
            expected="an earlier run, dlaudit-baseline.json, or none",
            fix="Leave the flag out to use [baseline] path, or see whether the variable that it names is set.",
        )


def told_of_baseline(audit: "Audit", config: "Config") -> "Audit":
    """The audit, with a finding where the baseline that the configuration file names is not used as it says there.

    A flag in a CI job may switch it off or loosen it: whoever reads the report must see that. Where the file that is
    named does not exist yet it is a note, as of a first run.

    Args:
        audit: What was found.
        config: Flags laid over the file.
    """
    from dlaudit.findings import by_severity, finding
    from dlaudit.spec.toml_source import read_source

    written = read_source(Path(config.file)).written.get("baseline") if config.file is not None else None
    if not isinstance(written, dict) or not isinstance(written.get("path"), str):
        return audit
    place = Path(config.file or "").parent / written["path"]
    others = [one for one in audit.findings if one.code != _OTHERWISE]  # of a finished run, from flags of its own
    told = _told(config, written, place)
    if told is None:
        return audit.model_copy(update={"findings": others})
    said = f"The baseline is not used as the configuration says: {told}."
    made = finding(_OTHERWISE, "warning" if place.exists() else "note", "baseline", said)
    return audit.model_copy(update={"findings": by_severity([*others, made])})


def _told(config: "Config", written: dict[str, Any], place: Path) -> str | None:
    """What is otherwise; None where nothing is."""
    from dlaudit.spec.change_gate import change_metrics

    now, named = config.spec.baseline, shown(written["path"], limit=100)
    if now.path is None:
        return f"{named} is left out"
    if Path(now.path).resolve() != place.resolve():
        return f"the run is held against {shown(now.path, limit=100)} instead of {named}"
    if now.rules == "none" and written.get("rules", "auto") != "none":
        return f"the rules that {named} brings are taken away"
    limit = written.get("max_drop", type(now)().max_drop)
    if now.max_drop > limit:
        return f"its rules allow a drop of {now.max_drop:g} instead of {limit:g}"
    by_flag = [one for one in config.spec.rule if one.place is None and (one.max_drop or 0) > limit]
    looser = [one.name for one in by_flag if one.base_metric.partition("[")[0] in change_metrics()]
    return f"its rules give way to looser ones of --rule, {listed(looser)}" if looser else None
