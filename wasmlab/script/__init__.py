"""Running .wast scripts: the format of the official test suite."""
