"""Other runs than the one that happened: branches, comparisons, replays of a changed text."""
