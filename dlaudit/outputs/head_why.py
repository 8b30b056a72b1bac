"""The head's two answers about the why: through which inputs its gap goes, and how far that can be believed."""

from dlaudit.findings.explained import is_doubted
from dlaudit.outputs import text
from dlaudit.outputs.sentences import headline_check, headline_gap
from dlaudit.outputs.why_sentences import few_slices, is_mirror_of, is_split_of, method_named, ranked, why_line
from dlaudit.outputs.words import Sentence, capitalised, joined, plain, rows_of, said
from dlaudit.record import Audit, Verdict

MANY_OUTSIDE = 0.25
"""Share of mixtures outside the data from which it is a caution."""


def head_why(audit: Audit, verdict: Verdict | None) -> Sentence:
    """Through which inputs the gap of the head goes; where that one was not split, the same gap of the rate that is 1
    minus its own, else that it was not, and the first other one; empty where nothing was split or no input goes the way
    of the gap.
    """
    splits, gap, check = ranked(audit, verdict), headline_gap(audit, verdict), headline_check(verdict)
    if not splits:
        return ()
    told = why_line(audit, splits[0])
    if check is not None and check.compare is not None:
        return told  # the head is about no gap
    if gap is None or not gap.by or is_split_of(gap, splits[0]):
        return told
    if is_mirror_of(gap, splits[0]):
        return said("why_mirrored", told=told) if told else ()
    return said("why_other", told=told) if told else said("why_not_split")


def why_told(audit: Audit, verdict: Verdict | None) -> Sentence:
    """What `head_why` says as a sentence; or that nothing was explained, or that no input goes the way of the gap."""
    if not audit.decompositions:
        return said("why_none")
    return capitalised(head_why(audit, verdict)) or said("why_no_input")


def believed(audit: Audit, verdict: Verdict | None) -> tuple[str, Sentence]:
    """Whether the explanations can be believed, as `trusted`, `distrusted` or `unknown`, and in two sentences at most:
    what the checks of single rows' contributions came to, and how much of the split of the gap lies outside the data.
    """
    state, told = _checked(audit)
    splits = ranked(audit, verdict)
    share = splits[0].outside if splits else None
    if not share:
        return state, told
    if state == "trusted" and share >= MANY_OUTSIDE:
        state = "unknown"
    rows = plain(rows_of(audit))
    return state, said("belief_outside", told=told, share=text.percent(share), rows=rows)


def _checked(audit: Audit) -> tuple[str, Sentence]:
    """What the checks of the contributions came to; slices that they left open are told whatever the others say."""
    slices = list(dict.fromkeys(one.slice for one in audit.trust))
    doubted = [one for one in slices if is_doubted(audit, [one])]
    passed = [one for one in slices if any(each.ok for each in audit.trust if each.slice == one)]
    left = [one for one in slices if one not in doubted and one not in passed]
    if not doubted and not passed:
        return "unknown", said("belief_unchecked" if audit.decompositions else "belief_none")
    split = [one for one in slices if one in passed and _failed_by(audit, [one])]
    if doubted:
        state, told = "distrusted", _by_method("belief_failed", audit, doubted)
    elif split:
        state, told = "unknown", _by_method("belief_disagree", audit, split)
    else:
        state, told = "unknown" if left else "trusted", said("belief_passed", slices=few_slices(audit, passed))
    if left:
        told = said("belief_open", told=told, others=few_slices(audit, left))
    return state, said("ended", told=told)


def _failed_by(audit: Audit, slices: list[str]) -> list[str]:
    """The methods whose checks failed on one of the slices."""
    return list(dict.fromkeys(one.method for one in audit.trust if one.ok is False and one.slice in slices))


def _by_method(key: str, audit: Audit, slices: list[str]) -> Sentence:
    methods = joined(method_named(one) for one in _failed_by(audit, slices))
    return said(key, slices=few_slices(audit, slices), methods=methods)
