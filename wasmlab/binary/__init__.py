"""The binary format: bytes to modules, bodies when they are needed, custom sections with care."""
