"""Validation: every rule of the spec's chapter of that name, as its appendix describes it."""
