#!/usr/bin/env bash
# Fuzzes the job API from its own description, with a public tool: schemathesis. Every request is checked against
# /openapi.json: no 5xx, no status, header or body that is not described, no key ignored.
#
# Needs python3 with venv and pip, and a package index; without them it says so and ends well. The daemon is the debug
# build, on loopback, with an empty inventory and no allowed network: whatever is submitted, no device is spoken to.
# FUZZ_SECONDS (60), FUZZ_EXAMPLES (40 per operation) and FUZZ_SEED (0) change what is tried.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
version=4.32.5
venv=target/fuzz-venv
seconds=${FUZZ_SECONDS:-60}
daemon=target/debug/towerhand

skip() { echo "skipped: the fuzzing of the API ($1)"; exit 0; }
command -v python3 >/dev/null 2>&1 || skip "python3 is not here"
if ! "$venv/bin/python" -c "import importlib.metadata as m, sys; sys.exit(m.version('schemathesis') != '$version')" >/dev/null 2>&1; then
  mkdir -p target
  rm -rf "$venv"
  python3 -m venv "$venv" >/dev/null 2>&1 || { rm -rf "$venv"; skip "python3 makes no venv"; }
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input "schemathesis==$version" >target/fuzz-pip.log 2>&1 \
    || skip "pip cannot install schemathesis $version; target/fuzz-pip.log says why"
fi
[ -x "$daemon" ] || cargo build --bin towerhand

work=$(mktemp -d "${TMPDIR:-/tmp}/towerhand-fuzz.XXXXXX")
pid=
finish() {
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
key=fuzz-admin-key
env -i PATH="$PATH" TOWERHAND_LISTEN="127.0.0.1:$port" TOWERHAND_STATE_DIR="$work/state" \
  TOWERHAND_STOP_GRACE=2s NOC_API_KEYS_JSON="{\"$key\": {\"scopes\": [\"admin\"], \"label\": \"fuzzer\"}}" \
  "$daemon" serve >"$work/daemon.log" 2>&1 </dev/null &
pid=$!
python3 - "$port" "$pid" <<'PY' || { cat "$work/daemon.log"; exit 1; }
import os, sys, time, urllib.request
port, pid = sys.argv[1], int(sys.argv[2])
for _ in range(300):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).read()
        sys.exit(0)
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            sys.exit("the daemon ended before it was ready")
        time.sleep(0.1)
sys.exit("the daemon is not ready after 30 s")
PY

# In a folder of its own: the fuzzer keeps notes where it runs.
status=0
mkdir "$work/notes"
cd "$work/notes"
env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY \
  timeout --kill-after=10 $((seconds + 240)) "$root/$venv/bin/schemathesis" \
  --config-file "$root/packaging/schemathesis.toml" run "http://127.0.0.1:$port/openapi.json" \
  --header "X-API-Key: $key" --checks all --max-examples "${FUZZ_EXAMPLES:-40}" --max-time "$seconds" \
  --seed "${FUZZ_SEED:-0}" --generation-database none --request-timeout 20 --continue-on-failure --no-color --warnings off \
  >"$work/fuzz.log" 2>&1 </dev/null || status=$?
if [ "$status" != 0 ]; then
  cat "$work/fuzz.log"
  echo "the fuzzing of the API found something (exit status $status)"
  exit 1
fi
tail -n 25 "$work/fuzz.log"
# A panic behind an answer that looks well would only be seen here.
if grep -i -E 'panicked|Internal Server Error' "$work/daemon.log"; then
  echo "the daemon's log tells of a fault"
  exit 1
fi
