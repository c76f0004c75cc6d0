"""Made by tools/protos.py from the protos of the gateway; not to be edited."""
