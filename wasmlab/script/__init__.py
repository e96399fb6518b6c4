"""The place of the runner of .wast scripts."""
