"""The place of the notebook widgets."""
