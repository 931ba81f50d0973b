#!/bin/sh
# Installs the npm packages of the lock file when they are not there or older than it. Run by npm before the scripts that need them.
cd "$(dirname "$0")/.." || exit 1
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'Installing npm packages from the lock file …' >&2
  npm ci --loglevel=error >&2 && touch node_modules/.package-lock.json
fi
