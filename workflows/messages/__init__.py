"""The wire: every message that goes in or out, defined once and used as it is by the core. Imports nothing of ours."""
