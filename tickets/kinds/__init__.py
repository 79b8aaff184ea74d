"""What the ground floor sees, by area."""
