"""Codes of the model: code to title, meaning and remedy."""

MODEL: dict[str, tuple[str, str, str]] = {
    "DLA201": (
        "Pickle that would execute code",
        "The file names functions outside what a model needs; it was not loaded.",
        "Save the weights alone, or pass --trust SHA256 for a file of your own.",
    ),
    "DLA202": (
        "Program file with a pickle inside",
        "A .pt2 file carries pickled members, which loading would execute.",
        "Export again without sample inputs, or pass --trust SHA256 for a file of your own.",
    ),
    "DLA203": (
        "Custom class",
        "The file holds a class that only your code defines.",
        "Give --code F.py with load_model, or --trust SHA256.",
    ),
    "DLA204": (
        "Weights only",
        "The file holds tensors but not the network they belong to.",
        "Give --code F.py with load_model.",
    ),
    "DLA205": (
        "Weights do not fit",
        "Names or shapes of the weights differ from the network's.",
        "Use the code that the weights were trained with.",
    ),
    "DLA206": (
        "Not a model file",
        "The content is empty, cut, a web page, a Git LFS pointer or another format.",
        "Fetch the file again (git lfs pull), or convert it.",
    ),
    "DLA207": (
        "Expanding file",
        "The file declares or unpacks to more than the limit.",
        "Look at where it came from; raise the limit if it is yours.",
    ),
    "DLA208": (
        "Bad safetensors header",
        "Offsets overlap, keys repeat, or the header is too large.",
        "Save the file again.",
    ),
    "DLA209": (
        "Weights that are not finite",
        "A parameter is NaN or infinite.",
        "Repair the training, or set model.allow_nonfinite_weights.",
    ),
    "DLA210": (
        "Training mode",
        "The model was saved in training mode; it is evaluated in evaluation mode.",
        "Call eval() before saving.",
    ),
    "DLA211": (
        "Forward pass failed",
        "The model raised on the audited inputs, or returned something that is no tensor.",
        "Check data.features and [input.table] against what the model was trained on.",
    ),
    "DLA212": (
        "Scores that are not finite",
        "Some scores are NaN or infinite; measures that use them are undefined.",
        "Look at those rows' inputs: missing values, division by zero, overflow.",
    ),
    "DLA213": (
        "Outputs of another shape or range",
        "The outputs are not what model.task and model.output say.",
        "Set model.task and model.output.",
    ),
    "DLA214": ("Logits or probabilities", "The outputs could be either.", "Set model.output."),
    "DLA215": (
        "Labels look inverted",
        "The model is right far less often than wrong, or ranks worse than chance.",
        "Check model.positive, model.classes and the target's coding.",
    ),
    "DLA216": (
        "Scores are not a function of the row",
        "Two passes differ, or a row's score depends on the rows beside it.",
        "Switch off dropout and batch statistics (eval()), seed what draws, and let preprocess scale by numbers from "
        "training rather than by those of the rows at hand.",
    ),
    "DLA217": (
        "Time limit of the model",
        "A forward pass took longer than allowed.",
        "Lower run.batch_size or raise the limit.",
    ),
    "DLA218": (
        "Out of memory",
        "The model's process reached its memory limit.",
        "Lower run.batch_size or raise run.memory.",
    ),
    "DLA219": (
        "Model changed",
        "The file or its parameters changed during the run.",
        "Run again while nothing writes to it.",
    ),
    "DLA220": ("Not a regular file", "The model is a link, a pipe, a device or a directory.", "Give the file itself."),
    "DLA221": (
        "A program reads files",
        "A TorchScript program can open files; it runs only in a limited process.",
        "Prefer weights with --code.",
    ),
    "DLA222": (
        "Your code failed",
        "The file given by --code raised, exited or returned something unusable.",
        "See the line named.",
    ),
    "DLA223": (
        "torch too old",
        "Versions before 2.10 do not load untrusted weights safely.",
        "Upgrade torch, or use safetensors.",
    ),
    "DLA230": (
        "Ranks near chance",
        "The scores hardly tell the classes apart on this evaluation set.",
        "Check that features, their order and their scaling are those of training.",
    ),
    "DLA231": (
        "Scores that say nothing",
        "Every row has the same score, or nearly all probabilities are 0 or 1 to rounding.",
        "Check the inputs' scale, and whether model.output takes probabilities for logits.",
    ),
    "DLA232": (
        "Inputs of another scale",
        "Under another common scaling of its inputs the model predicts the same rows much better.",
        "Scale the inputs as in training: [input.image] scale, mean and std, [input.table] standardize, or preprocess.",
    ),
    "DLA233": (
        "Inputs unlike those of training",
        "What reaches the first batch normalisation lies far from the mean and variance that it kept from training, or "
        "it kept none.",
        "Scale the inputs as in training; if they are, the rows come from other people or other devices.",
    ),
    "DLA234": (
        "Inputs without effect",
        "Some inputs vary but change no score, or have a single value in the data.",
        "Check the order of data.features, and whether these inputs were meant to be used.",
    ),
    "DLA235": (
        "Classes in another order",
        "With its outputs in another order the model predicts far better.",
        "Set model.classes in the order of the model's outputs.",
    ),
    "DLA236": (
        "Guesses among classes",
        "The mean recall is not shown to be above that of guessing, or the accuracy is below the share of the "
        "commonest class.",
        "Check that features, their order and their scaling are those of training, and model.classes.",
    ),
    "DLA237": (
        "Probabilities read as logits",
        "Outputs that run from 0 to 1 are read as logits, so that a sigmoid or softmax is applied twice.",
        'Set model.output = "probability", or check that the outputs are logits.',
    ),
    "DLA238": (
        "Labels of other rows",
        "The scores tell the labels of the rows before or after far better than their own.",
        "Check how labels and inputs were joined: one of the files may have a line more.",
    ),
}
"""Title, meaning and remedy by code."""
