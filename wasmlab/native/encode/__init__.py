"""From bound bodies to cells: which handler, which operands."""
