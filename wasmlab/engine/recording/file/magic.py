"""The first bytes of every recording."""

MAGIC = b"\x89wlab\r\n\x1a"
