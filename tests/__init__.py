"""Tests. Programs that they start are compiled once, whatever the shell says: some images tell Python to keep nothing that it compiled."""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # noqa: TID251
sys.dont_write_bytecode = False
