"""Explanations of instructions, WASI functions and words; they need no program."""
