"""`clusterwright lab`: the commands of the lab, which is a library."""
