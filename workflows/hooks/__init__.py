"""Events that others tell of, and what they lead to: who has sent one, what it says, which rule."""
