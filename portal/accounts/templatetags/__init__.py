"""What the staff area's own templates need."""
