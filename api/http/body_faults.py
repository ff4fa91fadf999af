"""What can be wrong with a body before a word of it is understood."""

LARGEST_BODY = 64 * 1024
LARGEST_EVENT = 256 * 1024
"""What an alert of many instances, or a ticket with its history, needs."""
LARGEST_LIST_OF_HOSTS = 1024 * 1024
"""The longest list of hosts, each with a long RSA key and some labels."""
LARGEST_RULES = 1024 * 1024
"""A rule file of 256 KiB within a JSON text, and an event beside it."""


class SlowBody(Exception):
    """A body was not there within its time."""


class BrokenBody(Exception):
    """A body is not as HTTP has it, or ended too early."""
