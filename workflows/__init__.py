"""The durable side of Countermand: the order workflow, the pure process inside it, and the messages both speak."""
