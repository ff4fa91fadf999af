"""When jobs may begin: maintenance windows and freezes."""
