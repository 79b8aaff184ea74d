"""Tags of the statistics pages."""
