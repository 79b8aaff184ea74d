"""Consultations, their sections and documents."""
