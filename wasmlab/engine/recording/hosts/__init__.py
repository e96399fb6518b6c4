"""What hosts did: calls recorded, replayed, given to another program, and taken back."""
