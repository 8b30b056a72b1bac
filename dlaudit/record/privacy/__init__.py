"""An audit without small counts of people: what is shown, what an attacker could work out, what is hidden for it."""

from dlaudit.record.privacy.suppress import suppressed as suppressed
