"""The one place that talks to people: the outbox, its messages and their delivery."""
