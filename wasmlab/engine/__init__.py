"""Running programs: what is linked to what, which tier runs, in slices that can be paused."""
