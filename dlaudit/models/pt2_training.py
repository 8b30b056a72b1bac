"""Turns an exported program that was in training mode into its evaluation form."""

from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

from dlaudit.errors import ModelRefused, Place, listed

_SWITCHES = {"train": False, "training": False, "dropout_p": 0.0}
"""Arguments of torch operators that say whether it trains, and their value in evaluation."""


def leave_training(program: ExportedProgram, place: Place) -> str:
    """Switches every operator of `program` to evaluation, in place; says so in a sentence, empty if none trained.

    It must be called before `program.module()`.

    Raises:
        ModelRefused: DLA210, the program would still change its own buffers on every pass.
    """
    switched = 0
    for module in program.graph_module.modules():
        if isinstance(module, GraphModule):
            switched += sum(_switch(node) for node in list(module.graph.nodes))
            module.recompile()
    changed = [*program.graph_signature.buffers_to_mutate.values(), *_mutated_buffers(program)]
    if changed:
        raise ModelRefused(
            "DLA210",
            f"the program was exported in training mode: every pass would change {listed(changed)}",
            place=place,
            fix="Call model.eval() before torch.export.export, and export again.",
        )
    return f" It was exported in training mode; {switched} operators were switched to evaluation." if switched else ""


def _switch(node: Node) -> bool:
    """Whether the operator was training; it no longer is."""
    if _is_step_counter(node):
        node.graph.erase_node(node)
        return False
    schema = getattr(node.target, "_schema", None)
    if node.op != "call_function" or schema is None:
        return False
    was_training = False
    for position, argument in enumerate(schema.arguments):
        off = _SWITCHES.get(argument.name)
        if off is None:
            continue
        if position < len(node.args) and node.args[position] not in (off, None):
            node.update_arg(position, off)
            was_training = True
        elif node.kwargs.get(argument.name, off) not in (off, None):
            node.update_kwarg(argument.name, off)
            was_training = True
    return was_training


def _is_step_counter(node: Node) -> bool:
    """BatchNorm counts its training batches; in evaluation it does not."""
    if node.op != "call_function" or str(node.target) != "aten.add_.Tensor" or node.users:
        return False
    counted = node.args[0]
    return isinstance(counted, Node) and counted.op == "placeholder" and "num_batches_tracked" in counted.name


def _mutated_buffers(program: ExportedProgram) -> list[str]:
    """Parameters and buffers that an in-place operator writes to."""
    signature = program.graph_signature
    stored = {**signature.inputs_to_buffers, **signature.inputs_to_parameters}
    written = []
    for node in program.graph.nodes:
        schema = getattr(node.target, "_schema", None)
        if node.op != "call_function" or schema is None:
            continue
        for position, argument in enumerate(schema.arguments):
            value = node.args[position] if position < len(node.args) else node.kwargs.get(argument.name)
            writes = argument.alias_info is not None and argument.alias_info.is_write
            if writes and isinstance(value, Node) and value.name in stored:
                written.append(stored[value.name])
    return written
