import sys
from pathlib import Path

# the loopback services, for studies of hosted systems
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "provider"))
