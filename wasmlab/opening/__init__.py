"""From words that name a program (files, samples, options) to modules, recordings and requests."""
