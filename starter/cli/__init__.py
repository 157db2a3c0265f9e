"""The command `countermand`: `main` is its entry point."""

from starter.cli.program import main as main
