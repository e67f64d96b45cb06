"""Runs `khatm office enforce`, kills it at a moment and lets the next run come to its end: `python -m …dying MOMENTS WORDS…`.

Papers are blank ones: what sets them is a process of its own, and has a test of its own.
"""

from __future__ import annotations

import json
import sys

import click

import khatm
from office.enforcement import papers
from tests.issuer import dying
from tests.office.enforcement.connected import blank

if __name__ == "__main__":
    khatm.main.get_command(click.Context(khatm.main), "office")  # imports it: no run has to
    papers.upon = lambda _: blank
    print(json.dumps(dying.at_moments(sys.argv[2:], json.loads(sys.argv[1]))))
