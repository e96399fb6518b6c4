"""The compiled loop as a flat image: linked when it is compiled, mapped when it is needed."""
