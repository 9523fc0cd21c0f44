"""What machine and software this is, and how quiet it is."""
