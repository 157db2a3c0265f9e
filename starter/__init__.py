"""What starts the engine or talks to it from outside: settings, client, command line, gateway, embedded stack."""
