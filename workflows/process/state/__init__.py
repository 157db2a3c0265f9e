"""The whole state of an order, frozen: itself, its parcel, its dispute, its money, and what a step leads to."""
