"""What a job leaves for who asks later what was done, who agreed to it, and what it has shown."""
