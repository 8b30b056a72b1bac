"""Why: contributions of inputs to scores, their summary over slices, and gaps split over inputs.

Importing this package registers the methods but imports none of torch, captum and shap.
"""

from dlaudit.attributions import integrated_gradients as _integrated_gradients  # noqa: F401 - registers itself
from dlaudit.attributions import shap_values as _shap_values  # noqa: F401 - registers itself
from dlaudit.attributions.decomposed import AllRows as AllRows
from dlaudit.attributions.decomposed import GapRows as GapRows
from dlaudit.attributions.decomposed import decomposition as decomposition
from dlaudit.attributions.explained import Answer as Answer
from dlaudit.attributions.explained import MethodAnswer as MethodAnswer
from dlaudit.attributions.explained import Question as Question
from dlaudit.attributions.explained import Side as Side
from dlaudit.attributions.explained import Split as Split
from dlaudit.attributions.explained import explain_rows as explain_rows
from dlaudit.attributions.explained import split_gap as split_gap
from dlaudit.attributions.pairs import Pair as Pair
from dlaudit.attributions.pairs import pairs_to_explain as pairs_to_explain
from dlaudit.attributions.quality import quality as quality
from dlaudit.attributions.registry import ATTRIBUTORS as ATTRIBUTORS
from dlaudit.attributions.registry import Attributor as Attributor
from dlaudit.attributions.registry import attributor as attributor
from dlaudit.attributions.request import CannotExplainError as CannotExplainError
from dlaudit.attributions.request import Explanation as Explanation
from dlaudit.attributions.request import Request as Request
from dlaudit.attributions.sampling import RowSample as RowSample
from dlaudit.attributions.sampling import background_sample as background_sample
from dlaudit.attributions.sampling import stratified_sample as stratified_sample
from dlaudit.attributions.summary import ExplainedRows as ExplainedRows
from dlaudit.attributions.summary import attributions as attributions
