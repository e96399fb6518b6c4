from __future__ import annotations

from wasmlab.isa.protocols import Emitter
from wasmlab.native.handlers.emitter import IrEmitter


def test_emitter_has_every_verb_of_the_protocol() -> None:
    verbs = {name for name in vars(Emitter) if name.strip("_") and not name.startswith("_")}
    assert len(verbs) > 70
    assert verbs <= set(dir(IrEmitter))
