"""Why: contributions of inputs to scores, their summary over slices, and gaps split over inputs.

Importing this package registers the methods but imports none of torch, captum and shap.
"""

from dlaudit.attributions import libraries as _libraries  # noqa: F401 - registers its methods
from dlaudit.attributions import paths as _paths  # noqa: F401 - registers its methods
from dlaudit.attributions import shapley as _shapley  # noqa: F401 - registers itself
from dlaudit.attributions.adding_up import adding_up as adding_up
from dlaudit.attributions.asked import Checking as Checking
from dlaudit.attributions.asked import explain_rows as explain_rows
from dlaudit.attributions.budget import Budget as Budget
from dlaudit.attributions.budget import GapWork as GapWork
from dlaudit.attributions.budget import Planned as Planned
from dlaudit.attributions.budget import Wanted as Wanted
from dlaudit.attributions.budget import budget_of as budget_of
from dlaudit.attributions.budget import planned as planned
from dlaudit.attributions.budget import smaller_gaps as smaller_gaps
from dlaudit.attributions.by_words import by_words as by_words
from dlaudit.attributions.checks import quality as quality
from dlaudit.attributions.checks import trust as trust
from dlaudit.attributions.explained import Answer as Answer
from dlaudit.attributions.explained import MethodAnswer as MethodAnswer
from dlaudit.attributions.explained import Question as Question
from dlaudit.attributions.gaps.asking import split_gaps as split_gaps
from dlaudit.attributions.gaps.associations import associations as associations
from dlaudit.attributions.gaps.associations import half_and_half as half_and_half
from dlaudit.attributions.gaps.composition import with_composition as with_composition
from dlaudit.attributions.gaps.decomposed import AllRows as AllRows
from dlaudit.attributions.gaps.decomposed import GapRows as GapRows
from dlaudit.attributions.gaps.decomposed import all_rows as all_rows
from dlaudit.attributions.gaps.decomposed import decomposition as decomposition
from dlaudit.attributions.gaps.games import decomposable as decomposable
from dlaudit.attributions.gaps.games import why_not as why_not
from dlaudit.attributions.gaps.groups import with_groups as with_groups
from dlaudit.attributions.gaps.pairs import Pair as Pair
from dlaudit.attributions.gaps.pairs import pairs_to_explain as pairs_to_explain
from dlaudit.attributions.gaps.split import GapTables as GapTables
from dlaudit.attributions.gaps.split import Side as Side
from dlaudit.attributions.gaps.split import Split as Split
from dlaudit.attributions.gaps.support import outside_share as outside_share
from dlaudit.attributions.libraries.choose import chosen as chosen
from dlaudit.attributions.libraries.facts import ModelFacts as ModelFacts
from dlaudit.attributions.libraries.layer_answers import explain_layers as explain_layers
from dlaudit.attributions.libraries.layer_answers import layer_attributions as layer_attributions
from dlaudit.attributions.libraries.layer_answers import layers_cost as layers_cost
from dlaudit.attributions.map_gaps import map_differences as map_differences
from dlaudit.attributions.maps import attribution_maps as attribution_maps
from dlaudit.attributions.maps import part_grids as part_grids
from dlaudit.attributions.maps import with_layer_maps as with_layer_maps
from dlaudit.attributions.opinion import Opinion as Opinion
from dlaudit.attributions.outside import outside_mask as outside_mask
from dlaudit.attributions.registry import ATTRIBUTORS as ATTRIBUTORS
from dlaudit.attributions.registry import Attributor as Attributor
from dlaudit.attributions.registry import Size as Size
from dlaudit.attributions.registry import attributor as attributor
from dlaudit.attributions.registry import attributor_named as attributor_named
from dlaudit.attributions.request import CannotExplainError as CannotExplainError
from dlaudit.attributions.request import Explanation as Explanation
from dlaudit.attributions.request import Request as Request
from dlaudit.attributions.sampling import RowSample as RowSample
from dlaudit.attributions.sampling import background_sample as background_sample
from dlaudit.attributions.sampling import rows_needed as rows_needed
from dlaudit.attributions.sampling import stratified_sample as stratified_sample
from dlaudit.attributions.sampling import unused_sample as unused_sample
from dlaudit.attributions.summary import ExplainedRows as ExplainedRows
from dlaudit.attributions.summary import attributions as attributions
