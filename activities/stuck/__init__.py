"""Stuck orders: found by a look of the engine's own, kept in a table, told to the platform. No rule of one is here."""
