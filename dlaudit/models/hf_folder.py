"""Hugging Face folders: a config.json, weights without code, and a class of transformers that fits them.

Nothing is fetched and no code of the folder runs: the classes are those of the installed transformers, the weights are
safetensors, or a file of torch.save that passes the screen for plain weights.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from dlaudit.errors import DlauditError, ModelRefused, UsageError, listed, shown
from dlaudit.models.eager import opened_module
from dlaudit.models.faults import is_out_of_memory
from dlaudit.models.forward import as_tensor
from dlaudit.models.hf_files import Folder, read_folder
from dlaudit.models.hf_options import opened_language_model
from dlaudit.models.model import Loaded, Model
from dlaudit.models.request import LoadRequest, finish
from dlaudit.spec.choices import IDS, WEIGHTS

HF_FOLDER = "hf_folder"
"""Name of the format in the record."""
KINDS = "token_type_ids"
"""Which text of a pair a token is of."""
INPUTS = ("input_ids", "attention_mask", KINDS)
"""Inputs that texts are made into, where forward() takes them."""


def load_hf_folder(request: LoadRequest) -> tuple[Model, Loaded]:
    """The classifier of texts in a folder, or its language model as one that chooses among options.

    Raises:
        ModelRefused: DLA203, it brings code of its own; DLA204, it holds no classifier; DLA205, weights are missing or
            do not fit; DLA206 to DLA208, a file is damaged; DLA201, a file would run code.
        UsageError: DLA706, transformers is not installed.
    """
    folder = read_folder(request)
    module, told = _built(request, folder)
    _refuse_missing(request, told)
    kind = "safetensors" if folder.safetensors else "plain weights that torch.save wrote"
    loading = (
        f"A Hugging Face folder: {type(module).__name__} of the installed transformers, with weights "
        f"from {kind}; no code of the folder ran, and weights are computed with as float32."
    )
    if folder.continues:
        model, loaded = finish(request, HF_FOLDER, opened_language_model(module, loading, request))
        return replace(model, input_names=(IDS, WEIGHTS)), replace(loaded, input_names=[IDS, WEIGHTS])
    opened = replace(opened_module(module, loading, request.device), outputs=folder.outputs)
    classes, names = folder.classes, _inputs_of(module)
    if classes and len(classes) == 2 and request.spec.positive == classes[0]:
        # of two outputs the last one speaks for the positive label
        opened, classes = replace(opened, forward=LastFirst(module)), classes[::-1]
    model, loaded = finish(request, HF_FOLDER, opened)
    return replace(model, input_names=names), replace(loaded, input_names=list(names), classes=classes)


class LastFirst(nn.Module):
    """A classifier with its outputs in the opposite order.

    Args:
        module: The classifier.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Any, **named: Any) -> torch.Tensor:
        """The outputs, last one first."""
        return as_tensor(self.module(*inputs, **named)).flip(-1)


def _built(request: LoadRequest, folder: Folder) -> tuple[Any, dict[str, Any]]:
    """The module as transformers builds it, and what it says of the weights."""
    try:
        with _quiet():
            from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

            kind = AutoModelForCausalLM if folder.continues else AutoModelForSequenceClassification
            found: Any = kind.from_pretrained(
                str(request.path),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=folder.safetensors,
                weights_only=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except ImportError as absent:
        if not isinstance(absent, ModuleNotFoundError):  # of a package that only this model needs
            raise _not_built(request, absent) from absent
        raise UsageError(
            "DLA706",
            "Hugging Face folders need the packages transformers and safetensors",
            fix="Install them: pip install 'dlaudit[text]'.",
        ) from absent
    except DlauditError:
        raise
    except Exception as failed:
        if is_out_of_memory(failed):
            raise
        raise _not_built(request, failed) from failed
    module, told = found
    return module, told


def _refuse_missing(request: LoadRequest, told: dict[str, Any]) -> None:
    """Nothing, if every weight came from the folder: transformers would draw the others at random."""
    missing = sorted(map(str, told.get("missing_keys", ())))
    misshapen = sorted(str(one[0] if isinstance(one, tuple) else one) for one in told.get("mismatched_keys", ()))
    if not missing and not misshapen:
        return
    parts = [f"missing {listed(missing)}"] if missing else []
    parts += [f"of other shapes {listed(misshapen)}"] if misshapen else []
    raise ModelRefused(
        "DLA205",
        f"the folder does not hold all weights of the model: {'; '.join(parts)}",
        expected="a model with its trained head",
        place=request.place,
        fix="Give the fine-tuned model, saved with save_pretrained, or load_model in a code file for another head.",
    )


def _inputs_of(module: Any) -> tuple[str, ...]:
    import inspect

    known = inspect.signature(module.forward).parameters
    # models of one kind of token, as RoBERTa, take the argument and look other kinds up where there is nothing
    one_kind = getattr(module.config, "type_vocab_size", None) in (0, 1)
    return tuple(name for name in INPUTS if name in known and not (one_kind and name == KINDS))


def _not_built(request: LoadRequest, failed: BaseException) -> ModelRefused:
    if "ignore_mismatched_sizes" in str(failed):
        return ModelRefused(
            "DLA205",
            "the weights have other shapes than config.json says, as by num_labels, vocab_size or hidden_size",
            expected="a config.json that belongs to the weights",
            place=request.place,
            fix="Save the model again with save_pretrained, which writes both.",
        )
    said = next((line.strip() for line in str(failed).splitlines() if line.strip()), type(failed).__name__)
    return ModelRefused(
        "DLA205",
        f"transformers cannot build the model of this folder: {shown(said, limit=160, quote=False)}",
        place=request.place,
        fix="Save it again with save_pretrained of the transformers that is installed, or give --code FILE.py with "
        "load_model.",
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library without progress bars, advice or warnings about its own future."""
    import logging
    import os
    import warnings

    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    logger = logging.getLogger("transformers")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
