"""Recording of runs: snapshots of all arenas, the host's answers, timelines over both."""
