"""How an order is told: the view, and the timeline with its notices."""
