"""Where execution stops: breakpoints, watchpoints, conditions, and the probes that they need."""
