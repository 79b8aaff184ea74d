"""Pages of figures: for everybody, and for managers."""
