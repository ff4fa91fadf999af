"""How senders sign, and how what they sign is told from what others have changed."""
