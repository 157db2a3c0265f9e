"""What an order costs, measured: against a bare workflow, beside many others, and with Postgres away."""
