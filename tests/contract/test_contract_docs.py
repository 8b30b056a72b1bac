"""The documentation says what the code does: reference pages in step, every public name and flag described."""

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import dlaudit

ROOT = Path(__file__).resolve().parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["config.md", "audit-json.md", "metrics.md", "cli.md", "python.md", "codes.md"])
def test_the_reference_page_is_in_step_with_the_code(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert generator().pages()[name] == written, "run `make docs`"


@pytest.mark.parametrize("name", [name for name in dlaudit.__all__ if name != "__version__"])
def test_every_public_name_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(getattr(dlaudit, name))


def test_public_names_are_exactly_those_promised() -> None:
    assert set(dlaudit.__all__) <= set(dir(dlaudit))
    with pytest.raises(AttributeError):
        dlaudit.nothing_of_this_name  # noqa: B018 - the access itself is the test


def test_every_field_of_the_contract_has_a_sentence() -> None:
    for page in ("config.md", "audit-json.md"):
        for line in generator().pages()[page].splitlines():
            if line.startswith("| `"):
                assert line.split("|")[-2].strip(), line


def test_every_file_path_named_in_the_architecture_page_exists() -> None:
    import re

    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)(?:::\w+)?`", text))
    assert named
    missing = [name for name in named if not (ROOT / "dlaudit" / name).is_file() and not (ROOT / name).is_file()]
    assert not missing


def test_the_metric_of_the_architecture_page_works_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    import numpy as np
    import pandas as pd

    from dlaudit.metrics import METRICS

    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(from dlaudit.metrics.registry.*?)```", text, flags=re.DOTALL)
    monkeypatch.setattr(METRICS, "_items", dict(METRICS.items()))
    exec(block, {})
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 200), "p": rng.random(200), "sex": ["F", "M"] * 100})
    audit = dlaudit.audit(
        data=frame, scores="p", target="y", sensitive=["sex"], settings={"metrics.report": ["jaccard"]}
    )
    both, either = ((frame.p >= 0.5) & (frame.y == 1)).sum(), ((frame.p >= 0.5) | (frame.y == 1)).sum()
    found = audit.measurement("jaccard", "overall")
    assert (found.numerator, found.denominator, found.method) == (both, either, "wilson")
    assert "jaccard.difference by sex" in {one.id for one in audit.disparities}
