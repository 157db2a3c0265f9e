"""The only code that touches the world: one module per kind of work. No rule of the process lives here."""
