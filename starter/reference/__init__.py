"""What can be said to an order, and what the words mean: for the pages of `docs/` and for `countermand help`."""
