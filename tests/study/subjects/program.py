"""The same as programs: ``program.py FUNCTION PROMPT SEED`` writes its image to standard output."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # started by `python -I`, which leaves the folder of the script out
import generation

sys.stdout.buffer.write(getattr(generation, sys.argv[1])(sys.argv[2], int(sys.argv[3])))
