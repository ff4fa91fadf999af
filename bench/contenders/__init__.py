"""What the product is measured against: the same remote work, done by other means."""
