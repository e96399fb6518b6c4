"""Snapshots of all arenas, with pages shared between them."""
