"""The instruction set: one row per instruction; every tier and front end derives from it."""
