"""`python -m starter.cli`: the command `countermand`."""

from starter.cli import main

main()
