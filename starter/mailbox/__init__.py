"""A mailbox for development: it takes mail to anybody, keeps it in a folder, and sends nothing on."""
