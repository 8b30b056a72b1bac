"""The files that let CI run the gate, as `dlaudit init --ci` writes them."""

from collections.abc import Sequence
from pathlib import Path

GITHUB = """\
# Written by `dlaudit init --ci github`. Fails where a rule of dlaudit.toml is broken (1) or cannot be decided (4).
name: dlaudit
on: [pull_request]
permissions:
  contents: read
jobs:
  audit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683  # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065  # v5.6.0
        with:
          python-version: "3.12"
      - run: pip install torch --index-url https://download.pytorch.org/whl/cpu
      - run: pip install dlaudit
      # No row leaves this job (--no-rows), so that its artifact makes no baseline that compares row by row:
      # `dlaudit baseline accept` one of your own machine, run without --no-rows, and commit dlaudit-baseline.json.
      - run: dlaudit run --frozen --no-rows --format github
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02  # v4.6.2
        if: always()
        with:
          name: dlaudit-report
          path: dlaudit-report
"""
GITLAB = """\
# Written by `dlaudit init --ci gitlab`. Add to .gitlab-ci.yml:  include: [{local: dlaudit.gitlab-ci.yml}]
dlaudit:
  image: python:3.12
  script:
    - pip install torch --index-url https://download.pytorch.org/whl/cpu
    - pip install dlaudit
    # No row leaves this job (--no-rows), so that its artifact makes no baseline that compares row by row:
    # `dlaudit baseline accept` one of your own machine, run without --no-rows, and commit dlaudit-baseline.json.
    - dlaudit run --frozen --no-rows
  artifacts:
    when: always
    paths: [dlaudit-report]
    reports:
      junit: dlaudit-report/junit.xml
      codequality: dlaudit-report/gl-code-quality.json
"""
PRE_COMMIT = """\
# Written by `dlaudit init --ci pre-commit`. Says before a commit whether a run would start; it judges nothing.
repos:
  - repo: local
    hooks:
      - id: dlaudit-check
        name: dlaudit check
        entry: dlaudit check --quiet
        language: system
        pass_filenames: false
        files: (^|/)dlaudit(\\.toml|-baseline\\.json)$
"""
_FILES = {
    "github": (Path(".github/workflows/dlaudit.yml"), GITHUB),
    "gitlab": (Path("dlaudit.gitlab-ci.yml"), GITLAB),
    "pre-commit": (Path(".pre-commit-config.yaml"), PRE_COMMIT),
}


def ci_files(wanted: Sequence[str]) -> dict[Path, str]:
    """Path to text for `github`, `gitlab` and `pre-commit`, in the order asked."""
    return dict(_FILES[name] for name in wanted)
