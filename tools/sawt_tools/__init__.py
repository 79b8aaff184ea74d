"""What `make` does: each module is one part of it, and none needs more than the standard library."""
