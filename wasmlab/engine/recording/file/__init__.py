"""Recordings as files: the container, its parts, writing, and what is checked on reading."""
