"""Events on their way out: who wants to be told of what, and what became of telling them."""
