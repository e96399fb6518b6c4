"""The lab in the terminal: panes over one debugger session."""
