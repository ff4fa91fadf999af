"""What other programs import of Clusterwright: ``clusterwright.client`` talks to its API.

It knows the API by its OpenAPI document only, and nothing of how it is made. What sends or waits
stands in ``client`` and ``streams``; all else is pure. ``documents``, ``operations`` and
``methods`` are written by ``scripts/client_code.py``.
"""
