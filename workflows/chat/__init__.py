"""What people write in chats: one grammar, who they are, and what they are told; pure."""
