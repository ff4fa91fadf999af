"""Private SSH keys as they lie in the keys folder.

Jobs log in with them and ``clusterwright doctor`` judges them, so both read them here: what one of
them can use, the other calls usable. Imports nothing of the product.
"""
