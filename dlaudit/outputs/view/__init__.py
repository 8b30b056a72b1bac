"""The Audit and the Verdict as the page needs them: words, written figures, and geometry in percent.

Templates place what they find here and compute nothing.
"""
