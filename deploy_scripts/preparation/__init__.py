"""What `prepare_hosts` writes on a host, and its record for the undo."""
