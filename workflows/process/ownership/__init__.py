"""Whose the money of a payment is, where an order alone cannot know."""
