"""What reaches a terminal: nothing of a guest's that acts on it."""

import io
from collections.abc import Callable

import pytest

from wasmlab.cli.terminal import GuestStream, complain, safe, say
from wasmlab.escape import LONGEST_LINE

HOSTILE = "\x1b]0;title\x07\x1b[31mred\r\u202egnp\u200b\x9b"


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def terminal() -> Terminal:
    return Terminal(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


def shown(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


def test_text_keeps_lines_and_loses_controls() -> None:
    text = safe(f"one\n\ttwo{HOSTILE}é")
    assert text.startswith("one\n\ttwo\\x1b]0;title\\x07\\x1b[31mred\\x0d\\u202egnp\\u200b")
    assert text.endswith("\\u009bé")


def test_output_on_a_terminal_is_escaped() -> None:
    stream = terminal()
    GuestStream(stream)(f"{HOSTILE}\n".encode())
    assert shown(stream).decode() == f"{safe(HOSTILE)}\n"


def test_character_that_comes_in_two_pieces_is_whole() -> None:
    stream = terminal()
    out = GuestStream(stream)
    out("é".encode()[:1])
    out("é".encode()[1:] + b"\xff.")
    assert shown(stream).decode() == "é\\xff."


@pytest.mark.parametrize("make", [terminal, lambda: io.TextIOWrapper(io.BytesIO())])
def test_raw_output_and_pipes_get_the_bytes(make: Callable[[], io.TextIOWrapper]) -> None:
    stream = make()
    GuestStream(stream, raw=True)(b"\x1b[31m\xff")
    assert shown(stream) == b"\x1b[31m\xff"


def test_line_that_a_name_makes_long_is_cut_unless_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "n" * 1_000_000
    for write in (say, complain):
        write(f"short\n{long}\nend")
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        first, cut, last = text.splitlines()
        assert (first, last) == ("short", "end")
        assert len(cut) < LONGEST_LINE + 100
        assert "more characters" in cut
    say(long, whole=True)
    assert capsys.readouterr().out == f"{long}\n"
