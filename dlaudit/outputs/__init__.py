"""(Audit, Verdict) to files and text: HTML, Markdown, JUnit, SARIF, CSV, GitHub annotations, the terminal.

Everything that an output needs is in the Audit and the Verdict; nothing here measures, judges or runs a model. The
names of the outputs are in `dlaudit.outputs.registry`; this package imports none of them, so that checking a directory
does not load a template engine.
"""
