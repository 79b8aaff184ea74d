"""Reports, cases and decisions: what is hidden, on which ground, by whom, and what the author was told."""
