#!/bin/sh
# Renew the lock files: hashes of every wheel, no addresses (docs/adr/0005-locks.md).
set -eu
cd "$(dirname "$0")/.."
uv pip compile --quiet --universal --override requirements/override.in --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@" \
    pyproject.toml requirements/build.in -o requirements/run.txt
uv pip compile --quiet --universal --override requirements/override.in --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@" \
    --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt
uv pip compile --quiet --universal --override requirements/override.in --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@" \
    requirements/oracle.in -o requirements/oracle.txt
uv pip compile --quiet --universal --override requirements/override.in --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@" \
    requirements/node.in -o requirements/node.txt
uv pip compile --quiet --universal --override requirements/override.in --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@" \
    requirements/swift.in -o requirements/swift.txt
