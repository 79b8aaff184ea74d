"""Questionnaires, answers, invitations and analysis."""
