"""Methods of Captum and SHAP behind the contract of every attributor; importing this imports neither."""

from dlaudit.attributions.libraries import ablation as _ablation  # noqa: F401 - registers itself
from dlaudit.attributions.libraries import deep_lift as _deep_lift  # noqa: F401 - registers itself
from dlaudit.attributions.libraries import embeddings as _embeddings  # noqa: F401 - registers itself
from dlaudit.attributions.libraries import path_methods as _path_methods  # noqa: F401 - registers itself
from dlaudit.attributions.libraries import shap_games as _shap_games  # noqa: F401 - registers itself
from dlaudit.attributions.libraries import shap_gradients as _shap_gradients  # noqa: F401 - registers itself
