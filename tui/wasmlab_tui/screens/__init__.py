"""The screens: the lab itself, the start, the editor and the dialogues."""
