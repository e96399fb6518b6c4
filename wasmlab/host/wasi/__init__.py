"""WASI preview 1: every call correct, every capability explicit, every call visible."""
