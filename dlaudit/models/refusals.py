"""Files that are no model we can load: for each kind one sentence that says so and one that says what to do."""

from dataclasses import dataclass

from dlaudit.errors import ModelRefused
from dlaudit.models.model_file import place_of
from dlaudit.models.request import LoadRequest
from dlaudit.models.sniff import Sniffed

_EXPORT = (
    "Export it to a .pt2 with torch.export.save, or save its state_dict() and give --code FILE.py with load_model."
)
_COPY = "Copy or download the file again."


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a kind is not loaded, and what to do instead."""

    what: str
    fix: str
    code: str = "DLA206"
    own_code_helps: bool = False
    """Whether a `load_model` of the user's could load it all the same."""


REFUSALS: dict[str, Refusal] = {
    "empty": Refusal(what="the file is empty", fix=_COPY),
    "truncated_zip": Refusal(what="the file is a truncated or damaged archive", fix=_COPY),
    "html": Refusal(
        what="the file is a web page, not a model (a sign-in or an error page was downloaded)",
        fix="Download the model itself, with the credentials that it needs.",
    ),
    "lfs_pointer": Refusal(
        what="the file is a Git LFS pointer, not the model it stands for", fix="Run `git lfs pull` in its repository."
    ),
    "text": Refusal(what="the file is text, not a model", fix="Give the model file itself."),
    "unknown": Refusal(what="the file is of no kind that is known", fix=_EXPORT, own_code_helps=True),
    "zip_other": Refusal(what="the file is a zip archive, but not of a model", fix=_EXPORT, own_code_helps=True),
    "pt2_aoti": Refusal(
        what="the file is a compiled AOTInductor package: machine code, which cannot be checked or explained",
        fix="Give the .pt2 that torch.export.save writes before compilation.",
        code="DLA202",
        own_code_helps=True,
    ),
    "torch_package": Refusal(
        what="the file is a torch.package archive, which runs its own Python code when loaded",
        fix=_EXPORT,
        code="DLA201",
        own_code_helps=True,
    ),
    "onnx": Refusal(
        what="the file is an ONNX model, which is not supported",
        fix="Audit its predictions with --scores, or give the torch model it was exported from.",
        own_code_helps=True,
    ),
    "hdf5": Refusal(
        what="the file is HDF5 (often Keras), which is not supported",
        fix="Audit its predictions with --scores, or give --code FILE.py with load_model.",
        own_code_helps=True,
    ),
    "keras": Refusal(
        what="the file is a Keras archive, which is not supported",
        fix="Audit its predictions with --scores, or give --code FILE.py with load_model.",
        own_code_helps=True,
    ),
    "gguf": Refusal(
        what="the file is a GGUF language model, which is not supported",
        fix="Audit its predictions with --scores.",
        own_code_helps=True,
    ),
}
"""Every kind of `sniff` that has no loader."""


def refuse_kind(request: LoadRequest) -> "None":
    """Never returns.

    Raises:
        ModelRefused: Why this kind of file is not loaded.
    """
    refusal = REFUSALS[request.sniffed.kind]
    raise ModelRefused(
        refusal.code, sentence(request.sniffed), place=place_of(request.path), expected=None, fix=refusal.fix
    )


def sentence(sniffed: Sniffed) -> str:
    """What a file of no loadable kind is, as one clause."""
    what = REFUSALS[sniffed.kind].what
    return f"{what} ({sniffed.detail})" if sniffed.detail and sniffed.kind not in ("html", "truncated_zip") else what
