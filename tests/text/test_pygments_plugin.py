from __future__ import annotations

from pygments.token import Error, Keyword, Name

from wasmlab.text.pygments_plugin import WatLexer


def test_pygments_lexer_keeps_the_text() -> None:
    text = "(module\n  ;; c\n  (func (result v128) v128.const i32x4 1 2 3 4))\n"
    assert "".join(value for _, value in WatLexer().get_tokens(text)) == text


def test_pygments_lexer_knows_new_instructions() -> None:
    tokens = {value: kind for kind, value in WatLexer().get_tokens("throw_ref memory.fill")}
    assert tokens["throw_ref"] is Keyword
    assert tokens["memory.fill"] is Name.Builtin
    assert Error not in tokens.values()
