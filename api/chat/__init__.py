"""Answering what people write in chats: who may ask for what, and what comes of it."""
