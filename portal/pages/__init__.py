"""Policy pages, topics and services, in three languages."""
