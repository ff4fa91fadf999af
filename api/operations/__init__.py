"""For who runs it: health and metrics."""
