"""The search for slices that nobody declared: counted, tested exactly, and told with what it could have missed."""

from dlaudit.slices.discovery.columns import LevelColumn as LevelColumn
from dlaudit.slices.discovery.columns import NumberColumn as NumberColumn
from dlaudit.slices.discovery.columns import as_levels as as_levels
from dlaudit.slices.discovery.confirm import Candidate as Candidate
from dlaudit.slices.discovery.confirm import confirm as confirm
from dlaudit.slices.discovery.outcomes import Outcome as Outcome
from dlaudit.slices.discovery.outcomes import outcomes_of as outcomes_of
from dlaudit.slices.discovery.outcomes import states_of as states_of
from dlaudit.slices.discovery.search import Settings as Settings
from dlaudit.slices.discovery.search import search as search
