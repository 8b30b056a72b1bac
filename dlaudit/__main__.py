"""`dlaudit` and `python -m dlaudit`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from dlaudit.cli import run_cli

        code = run_cli(sys.argv[1:])
    except KeyboardInterrupt:  # while the command line itself is being imported
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
