"""Guests with a directory in memory, over a host directory, and the host directory itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
