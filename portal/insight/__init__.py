"""Key performance indicators, their snapshots, and the reports made of them."""
