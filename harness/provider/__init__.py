"""Who draws: small adapters behind one protocol."""
