"""A kind of change that does nothing, put into the product from outside; the rest is real."""
