"""Gaps between slices, split over the inputs of the model: signed contributions that add up to the gap.

Importing this package imports none of torch, captum and shap.
"""

from dlaudit.attributions.gaps.asking import split_gaps as split_gaps
from dlaudit.attributions.gaps.decomposed import AllRows as AllRows
from dlaudit.attributions.gaps.decomposed import GapRows as GapRows
from dlaudit.attributions.gaps.decomposed import all_rows as all_rows
from dlaudit.attributions.gaps.decomposed import decomposition as decomposition
from dlaudit.attributions.gaps.games import Game as Game
from dlaudit.attributions.gaps.games import decomposable as decomposable
from dlaudit.attributions.gaps.games import game_of as game_of
from dlaudit.attributions.gaps.games import why_not as why_not
from dlaudit.attributions.gaps.pairs import Pair as Pair
from dlaudit.attributions.gaps.pairs import pairs_to_explain as pairs_to_explain
from dlaudit.attributions.gaps.split import GapSplits as GapSplits
from dlaudit.attributions.gaps.split import GapTables as GapTables
from dlaudit.attributions.gaps.split import Side as Side
from dlaudit.attributions.gaps.split import Split as Split
