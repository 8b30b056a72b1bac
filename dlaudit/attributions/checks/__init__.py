"""Quality of explanations: checks of every row beside the model, their levels, and whether a method is to be believed.

The modules that run beside the model (`rows` and what it uses) are not imported here; `operations` imports them.
"""

from dlaudit.attributions.checks.found import CheckSettings as CheckSettings
from dlaudit.attributions.checks.found import ChecksFound as ChecksFound
from dlaudit.attributions.checks.found import RowChecks as RowChecks
from dlaudit.attributions.checks.ranks import rank_correlation as rank_correlation
from dlaudit.attributions.checks.summary import quality as quality
from dlaudit.attributions.checks.trust import trust as trust
from dlaudit.attributions.checks.wire import from_wire as from_wire
from dlaudit.attributions.checks.wire import to_wire as to_wire
