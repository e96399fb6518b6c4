"""What a session offers, by subject: the classes that ``Session`` is made of."""
