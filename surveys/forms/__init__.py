"""Forms of editors and of those who answer."""
