"""The register of payments: whose each is, and what becomes of one that several orders claim."""
