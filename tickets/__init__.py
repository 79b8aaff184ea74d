"""Requests, the desk, service levels, the knowledge base and channels."""
