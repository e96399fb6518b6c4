"""How much a recording may take if nothing else is said."""

DEFAULT_LIMIT = 512 << 20
"""Bytes."""
