"""Subscriptions, issues, editions and deliveries of the Monday newsletter."""
