"""The examples of EMBEDDING.md, run one after the other as they stand there."""

from __future__ import annotations

import doctest
import re
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from tests.hygiene.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "EMBEDDING.md").read_text("utf-8")


def test_examples_of_the_page_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "EMBEDDING.md", None, 0)
    assert len(test.examples) > 30
    said = StringIO()
    with redirect_stdout(StringIO()):
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.write)
    assert not said.getvalue(), said.getvalue()


def test_every_block_of_the_page_is_run() -> None:
    assert PAGE.count("```") == 2 * PAGE.count("```python\n>>> ")
