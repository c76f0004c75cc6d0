"""The same as programs: ``program.py FUNCTION PROMPT SEED`` writes its image to standard output."""

import sys

import generation

sys.stdout.buffer.write(getattr(generation, sys.argv[1])(sys.argv[2], int(sys.argv[3])))
