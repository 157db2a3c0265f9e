"""Everything that starts or talks to the engine from outside: settings, client, command line, gateway, embedded stack."""
