"""The HTTP side of the engine. Thin: route, client, JSON."""
