"""How the rows of a table become inputs, from what is known of the model."""

from collections.abc import Sequence

from dlaudit.data.encoded import Inputs
from dlaudit.data.modalities import Making, make_inputs
from dlaudit.data.raw import RawTable
from dlaudit.data.roles import Roles
from dlaudit.spec import AuditSpec


def inputs_of(
    raw: RawTable,
    roles: Roles,
    spec: AuditSpec,
    *,
    has_preprocess: bool = False,
    model_folder: str | None = None,
    input_names: Sequence[str] = (),
) -> Inputs | None:
    """How the rows become inputs; None with score columns.

    Args:
        raw: The data.
        roles: Its columns.
        spec: `[data]` and `[input]`.
        has_preprocess: Whether the user's own code encodes rows.
        model_folder: Folder of a Hugging Face model.
        input_names: Names of the model's inputs, where it says so.

    Raises:
        UsageError: `[input]` cannot be used, or is given where the user's own code encodes (DLA107).
        DataRefused: It names a column that is no feature (DLA308).
    """
    if roles.scores:
        return None
    return make_inputs(
        Making(
            raw=raw,
            features=roles.features,
            spec=spec,
            has_preprocess=has_preprocess,
            model_folder=model_folder,
            input_names=input_names,
        )
    )
