"""Files that outlast a visit: recent programs, breakpoints and layout of each, chosen keys."""
