"""Every sample does what its header says, through the command line."""

import importlib.util
import subprocess
import sys

import pytest

from wasmlab.samples import Sample, catalogue, templates

WASMLAB = (
    sys.executable,
    "-c",
    "import sys; from wasmlab.cli.main import main; sys.exit(main(sys.argv[1:]))",
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("wasmlab.cli.main") is None, reason="there is no command line yet"
)


def name(sample: Sample) -> str:
    return sample.name


@pytest.mark.parametrize("sample", catalogue(), ids=name)
def test_sample_by_its_name_alone_does_what_its_header_says(sample: Sample) -> None:
    words = (*WASMLAB, "run", sample.name)
    done = subprocess.run(words, input=sample.stdin, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == (sample.stdout, sample.exit_code), done.stderr


@pytest.mark.parametrize("sample", catalogue() + templates(), ids=name)
def test_sample_prints_what_its_header_expects(sample: Sample) -> None:
    done = subprocess.run(
        (*WASMLAB, *sample.command), input=sample.stdin, capture_output=True, check=False
    )
    assert (done.stdout, done.returncode) == (sample.stdout, sample.exit_code), done.stderr
    assert b"Traceback" not in done.stderr
