"""HTTP in front of ``workflows``: checks requests, records changes, shows jobs and their events.

Reaches no host: nothing in here can import pyinfra, and no SSH key is needed.
"""
