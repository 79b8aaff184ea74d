"""What requests pass, by area."""
