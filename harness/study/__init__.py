"""Questions over many runs: probe, calibrate, audit, bench."""
