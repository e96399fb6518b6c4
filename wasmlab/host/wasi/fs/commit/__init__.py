"""Writing an overlay's changes to its host directory: all of them, or none."""
