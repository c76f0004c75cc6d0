"""Whether a provider repeats, and what its images depend on."""
