"""Arenas where address space is scarce."""

import subprocess
import sys

import pytest

RESTARTS = """
import resource
import wasmlab as wl
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
session = wl.Session(wl.assemble('(module (memory 1) (func (export "_start")))'))
for _ in range(60):
    session.restart()
print(session.run().message)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited with ulimit there")
def test_session_restarts_any_number_of_times_under_a_limit_of_address_space() -> None:
    done = subprocess.run(
        (sys.executable, "-c", RESTARTS), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("the program ended\n", "")
