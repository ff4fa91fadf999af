"""One module for each emulated command; only the module of the command that runs is imported."""
