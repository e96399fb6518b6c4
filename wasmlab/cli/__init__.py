"""The command line: every command reads its options, calls the library and prints."""
