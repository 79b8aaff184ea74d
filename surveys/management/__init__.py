"""What surveys add to the demonstration."""
