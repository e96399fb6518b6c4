"""The panes of the lab: one file each, each a widget over the lines that ``render`` makes."""
