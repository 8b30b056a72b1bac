"""The version of dlaudit, in one place."""

__version__ = "0.1.0"
