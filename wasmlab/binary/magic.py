"""The first bytes of every module in the binary format: core spec, binary/modules.html."""

MAGIC = b"\0asm"
