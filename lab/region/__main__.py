"""Runs the region, as `python -m region` with this folder's parent on PYTHONPATH, or by this file's path alone."""

import sys
from pathlib import Path

# By path, Python would put this folder itself in front, where its modules do not belong.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from region.main import main  # noqa: E402

main()
