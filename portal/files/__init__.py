"""Private files: checked, stored under random names, served by permission."""
