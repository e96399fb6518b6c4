"""The text format: assembling, line maps, printing, colouring."""
