"""Work on many hosts at once: connector, failures, redaction, shell."""
