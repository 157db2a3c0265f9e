"""The command `countermand`: `main` is its entry point."""

from starter.cli.app import main as main
