"""Files of other tools that form clusters, read as a start of a cluster's file."""
