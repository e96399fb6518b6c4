"""The lab: a screen around one session, and the parts that carry out what its keys ask for."""
