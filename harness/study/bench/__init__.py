"""Providers, models and quality tiers measured beside each other."""
