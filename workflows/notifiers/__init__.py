"""What has happened, told to others: one file for each kind of receiver."""
