"""snapd's changes: the host's daemon carries them out, whether or not their client still waits."""
