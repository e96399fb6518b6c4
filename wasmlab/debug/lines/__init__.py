"""Stepping by lines of the text, forward and back."""
