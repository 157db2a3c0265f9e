"""Money under way: the ledger, and what goes back, out or is taken, whatever the story is."""
