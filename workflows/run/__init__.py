"""What one run of an order carries: its state, what comes to it, what goes out of it."""
