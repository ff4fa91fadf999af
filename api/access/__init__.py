"""Who asks: tokens and how they are checked."""
