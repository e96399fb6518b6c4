"""The abstract syntax of a module, named as in the spec's chapter "Structure"."""
