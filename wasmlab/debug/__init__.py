"""The debugger: one session that every front end drives, and the views it hands out."""
