"""`dlaudit` and `python -m dlaudit`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from dlaudit.cli import run_cli

    sys.exit(run_cli(sys.argv[1:]))


if __name__ == "__main__":
    main()
