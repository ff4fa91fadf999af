"""A story that the demo plays: a ticket system and a chat ask for changes, and are answered."""
