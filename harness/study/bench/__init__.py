"""Providers, models and quality tiers measured side by side."""
