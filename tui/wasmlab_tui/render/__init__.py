"""Pure functions from view-models to lines of text with tones; they know no toolkit."""
