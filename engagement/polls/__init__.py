"""Questions put to a vote: turnout and ballots in tables of their own."""
