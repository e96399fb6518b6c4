"""The state of a run: flat arenas (stack, frames, memories, tables, globals) and instances."""
