"""What other programs import of Clusterwright; ``clusterwright.client`` talks to its API."""
