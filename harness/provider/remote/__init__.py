"""What the adapters share that speak HTTP: transport, requests, replies, prices."""
