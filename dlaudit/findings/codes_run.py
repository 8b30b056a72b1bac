"""Codes of flags, configuration, output and the system: code to title, meaning and remedy."""

RUN: dict[str, tuple[str, str, str]] = {
    "DLA101": (
        "Unknown key or flag",
        "A key of dlaudit.toml or a flag is not known, or its value has the wrong type.",
        "Correct the line named; the nearest known name is shown.",
    ),
    "DLA102": (
        "Several faults in the configuration",
        "More than one key is wrong; all of them are listed.",
        "Correct every line listed.",
    ),
    "DLA103": (
        "Not TOML",
        "dlaudit.toml cannot be parsed.",
        "Put text in quotes, lists in [brackets] and table names in [brackets].",
    ),
    "DLA104": ("Two configurations", "Both dlaudit.toml and pyproject.toml configure dlaudit.", "Keep one of them."),
    "DLA105": (
        "A cycle of configurations",
        "A configuration extends itself or a file outside the project.",
        "Remove the `extend` that closes the cycle.",
    ),
    "DLA106": (
        "Unknown name",
        "A metric, method, probe, output or feature of that name does not exist.",
        "Use one of the names listed, or install the plug-in that provides it.",
    ),
    "DLA107": (
        "Impossible rule",
        "A rule's limit cannot be met or is on the wrong side.",
        "A ratio has a min in 0..1, a difference a max of at least 0; 80 % is 0.8.",
    ),
    "DLA108": (
        "Waiver expired, unused or without an end",
        "A waiver is past its date, covers nothing that fails or is undecided, or ends more than a year from now.",
        "Renew it with a reason and a last day within a year, or remove it.",
    ),
    "DLA109": (
        "Unpinned guess",
        "With --frozen (or CI=true) nothing may be guessed, and something had to be.",
        "Copy the lines shown into dlaudit.toml.",
    ),
    "DLA110": (
        "Output directory cannot be used",
        "It is a file, holds foreign files, holds an input, or cannot be written.",
        "Give another --out, or empty the directory yourself.",
    ),
    "DLA111": (
        "No such file",
        "A file that was named does not exist, or nothing was named where something is needed.",
        "Correct the path; the nearest name is shown.",
    ),
    "DLA112": ("Newer schema", "A file was written for a newer dlaudit.", "Upgrade dlaudit."),
    "DLA113": (
        "Report template",
        "A template of report.templates replaces nothing, has a fault, or reaches for what a template may not use.",
        "Correct the file and line named; docs/report-templates.md says what templates see.",
    ),
    "DLA114": (
        "Inherited rule loosened",
        "The configuration allows more than the policy or profile that it builds on.",
        "Keep the inherited limit, or use a waiver, which has a reason, an owner and a last day.",
    ),
    "DLA115": (
        "File of translations",
        "The file of report.language is no .mo file, does not name its language, or loses a slot of a sentence.",
        "Correct the sentence named and compile the file again; docs/translation.md says how.",
    ),
    "DLA116": (
        "A profile asks for more",
        "A profile asks for a declaration or a figure that this audit does not have.",
        "Give what is named; the profile's figures are incomplete without it.",
    ),
    "DLA117": (
        "Evaluation set other than the baseline's",
        "The accepted baseline and this run cannot be compared row by row, so that smaller changes go unseen.",
        "Where the change is meant, accept a run on the new rows: `dlaudit baseline accept RUN --reason TEXT`.",
    ),
    "DLA118": (
        "A feature of the baseline is not compared",
        "The accepted baseline has a sensitive feature that this run leaves out, so that nothing is judged there.",
        "Put it back into slices.sensitive, or accept a run without it: `dlaudit baseline accept RUN --reason TEXT`.",
    ),
    "DLA119": (
        "Baseline not used as configured",
        "A flag leaves the configured baseline out, names another, or takes away or loosens its rules.",
        "Take the flag out of the command; or say in dlaudit.toml what is meant, so that a review sees it.",
    ),
    "DLA601": (
        "Markup in a name",
        "A column, level or file name holds markup; the report shows it as text.",
        "Nothing needs doing; rename it if it was not meant.",
    ),
    "DLA602": (
        "Formula in a name",
        "A cell starts like a spreadsheet formula; it is escaped on export.",
        "Nothing needs doing.",
    ),
    "DLA603": (
        "Markdown in a name",
        "A name holds Markdown or HTML; the summary shows it as text.",
        "Nothing needs doing.",
    ),
    "DLA604": (
        "Workflow command in a name",
        "A name looks like a command to a CI system or a terminal; it is defused.",
        "Nothing needs doing; look at where the data came from.",
    ),
    "DLA605": (
        "Characters that XML forbids",
        "A name holds characters that JUnit files cannot; they are shown by number.",
        "Nothing needs doing.",
    ),
    "DLA606": (
        "A number that is not finite",
        "A figure is NaN or infinite; it is written as undefined with a reason.",
        "Look at the reason beside it.",
    ),
    "DLA607": (
        "Output cut",
        "A summary or a list of results is longer than its reader accepts; the rest is counted.",
        "See audit.json for all of it.",
    ),
    "DLA608": (
        "Output could not be written",
        "The disk is full, over quota or read-only; the earlier report is untouched.",
        "Free space, then run again with --resume.",
    ),
    "DLA609": (
        "Interrupted while writing",
        "The run ended before its files were in place; none of them is half-written.",
        "Run again with --resume.",
    ),
    "DLA610": (
        "Not a finished run",
        "audit.json is missing, is no audit, or another run is writing to the directory.",
        "Give the directory of a finished run, or wait for the other run.",
    ),
    "DLA611": ("Output closed", "What reads the output ended early, as `| head` does.", "Nothing needs doing."),
    "DLA612": (
        "Characters that the terminal lacks",
        "The terminal's encoding cannot show some characters; they are replaced.",
        "Set a UTF-8 locale.",
    ),
    "DLA613": (
        "Unusual path",
        "A path holds blanks, line breaks or control characters; messages show them by number.",
        "Quote it in your shell.",
    ),
    "DLA614": (
        "Personal data withheld",
        "Values of rows are kept out of messages and logs.",
        "Nothing needs doing.",
    ),
    "DLA615": ("Report needs no network", "The report is one file and makes no request.", "Nothing needs doing."),
    "DLA616": ("Secrets withheld", "Environment variables are not copied into the report.", "Nothing needs doing."),
    "DLA617": (
        "Kept rows are not the run's slices",
        "The rows in predictions.parquet, cut by these [slices], do not give the slices of audit.json.",
        "Give the configuration that the run was made with (bins, unknown texts), or the predictions with --scores.",
    ),
    "DLA631": (
        "Files are not the signed ones",
        "A file of a signed run was changed, removed or added, or is no plain file.",
        "Take the directory from where it was signed; a new run is signed anew.",
    ),
    "DLA632": (
        "Signed record damaged",
        "signed-record.json is not as dlaudit writes it, or names what is no file of the run.",
        "Take it from where it was signed, or sign the run again after looking at it.",
    ),
    "DLA633": (
        "Another verdict than the signed one",
        "The policy does not give the verdict that the run holds.",
        "Sign with the policy that the run was judged by; a record that changed is not the one that was signed.",
    ),
    "DLA700": (
        "A fault of dlaudit",
        "Something went wrong that is not your input's fault.",
        "Report it with the crash file; it holds no values of your rows.",
    ),
    "DLA701": ("Stopped by Ctrl-C", "The run was interrupted; what was scored is kept.", "Run again with --resume."),
    "DLA702": (
        "Stopped by the system",
        "The run was asked to end (SIGTERM); what was scored is kept.",
        "Run again with --resume.",
    ),
    "DLA703": (
        "Time limit",
        "The run took longer than run.time_limit.",
        "Raise the limit, or run again with --resume.",
    ),
    "DLA704": (
        "Memory limit",
        "The container's memory limit is below what the run needs.",
        "Raise it, or lower run.batch_size.",
    ),
    "DLA705": (
        "No such device",
        "The device asked for is not there; the CPU is not used in silence.",
        'Set run.device = "cpu".',
    ),
    "DLA706": (
        "Optional part missing",
        "A package that this input needs is not installed.",
        "Run the pip command shown.",
    ),
    "DLA707": (
        "Clock",
        "The system's time is not plausible; times in the report are as the system gives them.",
        "Set the clock.",
    ),
    "DLA708": ("Network not used", "dlaudit makes no network request unless asked.", "Nothing needs doing."),
    "DLA709": (
        "Read-only place",
        "A directory next to an input cannot be written; results go to --out alone.",
        "Nothing needs doing.",
    ),
    "DLA710": (
        "Unsupported version",
        "This Python or torch is older or newer than dlaudit was tested with.",
        "Install a version named in the documentation.",
    ),
    "DLA711": (
        "No browser for a PDF",
        "A PDF is printed by Chromium, Chrome or Edge, and none was found.",
        "Install one, or open report.html in any browser and print it.",
    ),
    "DLA712": (
        "PDF not printed",
        "The browser failed while it printed the report; report.html is whole.",
        "Open report.html in a browser and print it from there.",
    ),
}
"""Title, meaning and remedy by code."""
