"""The reference tier: every instruction of a body bound once to a Python closure."""
