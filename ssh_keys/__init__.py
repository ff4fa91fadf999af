"""SSH keys as several parts of the product have to read them alike.

Private keys as they lie in the keys folder: jobs log in with them and ``clusterwright doctor``
judges them, so what one of them can use, the other calls usable. Public keys of hosts as people
paste and compare them. Imports nothing of the product.
"""
