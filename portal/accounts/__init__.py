"""People, guests' contacts, organisations, teams, memberships, sign-in and personal data."""
