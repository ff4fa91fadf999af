"""What a drill leaves for who asks later how the cluster lived without one of its nodes."""
