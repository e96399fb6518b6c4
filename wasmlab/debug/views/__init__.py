"""What a session shows: frozen view-models, and how each is taken from a program that stands."""
