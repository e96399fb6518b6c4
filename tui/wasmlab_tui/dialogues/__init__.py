"""Screens that ask for something, or show a text: each gives back what was chosen."""
