"""Pages, by area."""
