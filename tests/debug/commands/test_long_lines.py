"""What is typed at length is repeated in part."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.errors import WasmlabError
from wasmlab.escape import LONGEST_LINE

LONG = "a" * 20_000


@pytest.mark.parametrize(
    "line",
    [
        f"print {LONG}",
        f"print ${LONG}",
        f"print global {LONG}",
        f"print {'1+' * 200}+",
        f"print '{LONG}'",
        f"print {LONG}[0]",
        f"print i32[0:{LONG}]",
        f"print 1 in {LONG}",
        f"print {LONG} =",
        f"break 0x{LONG}z",
        f"break {LONG}",
        f"break {LONG}:1",
        f"break $f if {LONG}",
        f"break $f if ${LONG} > 1",
        f"watch {LONG}",
        f"watch ${LONG}",
        f"watch global {LONG}",
        f"who {LONG}",
        f"who ${LONG}",
        f"set {LONG} = 1",
        f"set $n = {LONG}",
        f"display {LONG}",
        f"expect {LONG} == 1",
        f"find {LONG}",
        f"explain {LONG}",
        f"call {LONG}",
        f"info {LONG}",
        f"goto {LONG}",
        f"help {LONG}",
        f"x/4 {LONG}",
        f"frame {LONG}",
        f"switch {LONG}",
        f"step {LONG}",
        f"restart --{LONG}",
        f"restart --fault {LONG}",
        f"feed {LONG}",
        LONG,
    ],
    ids=lambda line: f"{line[:24]}",
)
def test_long_line_is_not_repeated_whole(line: str) -> None:
    session = wl.Session(
        wl.assemble('(module (func $f (export "f") (param $n i32) nop))'),
        invoke="f",
        invoke_args=(1,),
    )
    try:
        said = "\n".join(execute(session, line).lines)
    except WasmlabError as error:
        said = error.message
    assert len(said) < 2 * LONGEST_LINE
