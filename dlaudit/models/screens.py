"""The screens of all formats under one shape: nothing, or a ModelRefused."""

from dlaudit.models.pt2_screen import screen_pt2
from dlaudit.models.request import LoadRequest
from dlaudit.models.safetensors_file import read_header
from dlaudit.models.torch_pickle import PickleFacts, legacy_facts, pickle_facts, refuse_foreign, zip_facts
from dlaudit.models.torchscript_screen import screen_torchscript


def screen_pt2_file(request: LoadRequest) -> None:
    """Nothing, if the program passes the static check."""
    screen_pt2(request.data, request.place)


def screen_torchscript_file(request: LoadRequest) -> None:
    """Nothing, if the source passes the static check."""
    screen_torchscript(request.data, request.place)


def screen_pickle_file(request: LoadRequest) -> None:
    """Nothing, if the pickle names only tensors and torch.nn."""
    refuse_foreign(facts_of(request), request.sha256, request.place)


def screen_safetensors_file(request: LoadRequest) -> None:
    """Nothing, if the header is valid."""
    read_header(request.data, request.place)


def facts_of(request: LoadRequest) -> PickleFacts:
    """What a pickle of any of the three kinds holds."""
    readers = {"torch_zip": zip_facts, "torch_legacy": legacy_facts}
    return readers.get(request.sniffed.kind, pickle_facts)(request.data, request.place)
