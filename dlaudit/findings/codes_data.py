"""Codes of the data: code to title, meaning and remedy."""

DATA: dict[str, tuple[str, str, str]] = {
    "DLA301": ("No rows", "The data file is missing, empty, or has a header only.", "Give a file with rows."),
    "DLA302": ("Encoding", "The file is not in the encoding named.", "Set data.encoding, or save it as UTF-8."),
    "DLA303": ("Delimiter", "The header is one column that looks like several.", "Set data.delimiter."),
    "DLA304": (
        "Ragged row",
        "A row has more or fewer cells than the header.",
        "Correct the row named; quote cells that hold the delimiter.",
    ),
    "DLA305": ("Unclosed quote", "A quoted cell never ends.", "Close the quote on the line named."),
    "DLA306": (
        "Duplicate column",
        "Two columns have the same name, or names that differ only in case or blanks.",
        "Rename one of them.",
    ),
    "DLA307": ("Column without a name", "A header cell is blank.", "Name it, or remove the column."),
    "DLA308": (
        "Column not found",
        "A column that was named is not in the file.",
        "Use a name of the header; the nearest is shown.",
    ),
    "DLA309": ("Unknown label", "A label is not among the classes.", "Set model.classes, or correct the rows named."),
    "DLA310": (
        "One class only",
        "All rows have the same label, so that error rates cannot be compared.",
        "Use an evaluation set with every class.",
    ),
    "DLA311": ("Missing label", "Rows have no label.", 'Remove or label them, or set data.on_bad = "reject".'),
    "DLA312": (
        "Text instead of a number",
        "A model input is not a number.",
        "Correct the cell, or list its levels in [input.table] onehot.",
    ),
    "DLA313": ("Number too large", "A model input is infinite or overflows float32.", "Correct the cell."),
    "DLA314": (
        "Whole number too large",
        "A whole number cannot be held exactly; identifiers stay text.",
        "Nothing needs doing for identifiers.",
    ),
    "DLA315": ("Leading zeros", "Codes such as 02139 keep their zeros as text.", "Nothing needs doing."),
    "DLA316": (
        "Words that look missing",
        "Levels such as NA or None stay as written.",
        "List them in data.missing if they mean missing.",
    ),
    "DLA317": (
        "Control characters",
        "A level holds characters that cannot be seen; they are shown by number.",
        "Clean the source.",
    ),
    "DLA318": (
        "Data limit",
        "A cell, a row, a column count or the whole file is above its limit.",
        "Raise the limit named if the file is right.",
    ),
    "DLA319": ("Corrupt file", "The Parquet or Arrow content is inconsistent.", "Write the file again."),
    "DLA320": ("Formula cell", "A cell starts like a spreadsheet formula; it stays text.", "Nothing needs doing."),
    "DLA321": (
        "Duplicate identifiers",
        "The id column repeats.",
        "Set data.unit if rows belong to one person, or remove copies.",
    ),
    "DLA322": (
        "Overlap with training data",
        "Rows of the evaluation set are in the declared training set.",
        "Evaluate on other rows.",
    ),
    "DLA323": ("Constant input", "A model input never varies.", "Check that the right column was read."),
    "DLA324": (
        "Features do not fit the model",
        "The encoded inputs differ in number or order from what the model takes.",
        "Set data.features in the order of training, and onehot levels.",
    ),
    "DLA325": ("Unseen level", "A category is not among the levels of [input.table] onehot.", "Add it, or set unseen."),
    "DLA326": ("Data changed", "The file changed while it was read.", "Run again while nothing writes to it."),
    "DLA327": ("Input ended early", "Standard input closed before the end.", "Give a file."),
    "DLA328": ("Bad JSON line", "A line is not a JSON object.", "Correct the line named."),
    "DLA329": (
        "Format refused",
        "Pickle, HDF5 and Feather files can do more than hold data.",
        "Save as CSV, JSONL or Parquet.",
    ),
    "DLA330": ("Spreadsheet refused", "Workbooks can hold macros and links.", "Save as CSV."),
    "DLA340": ("Path outside the data", "A media path leads outside its root.", "Use paths below the root."),
    "DLA341": (
        "Media missing",
        "Files that rows name are missing.",
        'Fetch them, or set on_bad = "reject"; losses are counted by slice.',
    ),
    "DLA342": ("Media corrupt", "A file cannot be decoded.", "Fetch it again."),
    "DLA343": ("Too many pixels", "An image is above the pixel limit.", "Resize it, or raise the limit."),
    "DLA344": ("Image format refused", "The content is none of the formats allowed.", "Convert it."),
    "DLA345": (
        "Image mode",
        "Depth, palette, transparency or rotation needs a decision; the one taken is recorded.",
        "Set the policy.",
    ),
    "DLA346": ("Image size", "The size differs from the model's.", "Set how images are resized."),
    "DLA347": ("Repeated media", "The same file stands for several rows.", "Remove copies."),
    "DLA348": (
        "Audio",
        "A clip is empty, too long, of another rate, or its header is wrong.",
        "Correct or convert it.",
    ),
    "DLA349": (
        "Text",
        "A text is empty, too long or badly encoded; cuts are counted by slice.",
        "Correct it, or raise the length.",
    ),
    "DLA350": (
        "Sequence",
        "Times are unsorted or repeated, or a level changes within one id.",
        "Sort and correct the source.",
    ),
}
"""Title, meaning and remedy by code."""
