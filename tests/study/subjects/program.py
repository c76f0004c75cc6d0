"""The same as programs: ``program.py FUNCTION PROMPT SEED`` writes its picture to standard output."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import drawing

sys.stdout.buffer.write(getattr(drawing, sys.argv[1])(sys.argv[2], int(sys.argv[3])))
