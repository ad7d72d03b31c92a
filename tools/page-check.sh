#!/usr/bin/env bash
# Checks the types of the explorer's page (tsc on its JSDoc), and installs axe-core for the page's tests. Needs node and npm; the
# page itself needs neither, and is served as it lies in Explorer/Page.
set -euo pipefail
cd "$(dirname "$0")/page"
npm ci --ignore-scripts --no-audit --no-fund
node_modules/.bin/tsc --project .
bytes=$(cat ../../Explorer/Page/* | wc -c)
echo "the page's files have $bytes bytes"
[ "$bytes" -lt 300000 ]
