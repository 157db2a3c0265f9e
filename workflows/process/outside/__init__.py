"""What happens to the money of an order without us: the bank takes it back, somebody else gives it back."""
