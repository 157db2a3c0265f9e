"""What reaches an order from outside its story, and changes whose its money is."""
