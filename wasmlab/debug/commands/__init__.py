"""The debugger's commands, by section, and the table that every front end reads."""
