"""Two books compared, and every order with its row: what disagrees, and what was missed."""
