"""What preflight asks of hosts, and the rules by which it judges."""
