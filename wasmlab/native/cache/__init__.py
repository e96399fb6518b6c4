"""What was compiled or encoded, kept on disk for the next start."""
