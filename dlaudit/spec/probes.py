"""`[probes]`: experiments that are made only where they are asked for."""

from typing import Literal

from dlaudit.spec.base import Section


class ProbesSpec(Section):
    """`[probes]`: experiments on the model besides those that always run."""

    swap: list[Literal["everyday"]] = []
    """Suites of sentences that dlaudit ships, in which one kind of person is swapped for another, for models of texts:
    the same sentence should have the same score."""
    swap_file: str | None = None
    """A CSV or TSV of your own with columns `text`, `template` and `term` (and perhaps `axis`), as HateCheck's
    `test_case`, `templ_id` and `target_ident`: texts of one template are compared. Or with `template` alone, where `{}`
    is the place of the shipped terms; with `text` alone, where texts alike but for a shipped term are compared, as
    madlibs; or CrowS-Pairs or Winogender as they are."""
