"""A dispute from its opening to its decision and the one appeal."""
