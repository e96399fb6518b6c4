"""The recorded past: going back, searching it, and questions about it."""
