#!/usr/bin/env bash
# The dependency policy (deny.toml) by cargo-deny, which is built once if it is not here.
set -eu
if ! command -v cargo-deny >/dev/null 2>&1; then
  echo "building cargo-deny, once"
  cargo install --quiet --locked cargo-deny
fi
cargo deny check licenses bans sources
# The advisory database is a git repository: without a way to it the check is left out, aloud.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if cargo deny check advisories >"$log" 2>&1; then
  echo "advisories: none"
elif grep -q "failed to fetch advisory database" "$log"; then
  echo "advisories: NOT CHECKED, the advisory database cannot be reached from here"
else
  cat "$log"
  exit 1
fi
