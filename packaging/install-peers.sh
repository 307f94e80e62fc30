#!/usr/bin/env bash
# Installs the programs that the tests speak to. Where it may not (no root, no Debian), it says which tests will be
# skipped, and goes on: those tests say so again.
set -u
declare -A uses=(
  [snmpd]="SNMP against Debian's snmpd"
  [snmpwalk]="the simulated agents against Debian's snmpwalk"
  [sshd]="SSH against OpenSSH"
  [ssh]="the simulated routers against OpenSSH's client"
  [openssl]="HTTPS with pinned certificates"
  [promtool]="the rules, their tests, the form of /metrics"
  [prometheus]="alerts of a simulated site through a real Prometheus"
)
declare -A packages=([snmpd]=snmpd [snmpwalk]=snmp [sshd]=openssh-server [ssh]=openssh-client [openssl]=openssl
  [promtool]=prometheus [prometheus]=prometheus)
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
missing=()
for program in "${!uses[@]}"; do has "$program" || missing+=("${packages[$program]}"); done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests: ${missing[*]}"
  # The daemons are started by the tests on ports of their own, never by the system.
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod +x "$policy"; made=1; }
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/install-peers.log 2>&1 \
    || { echo "apt-get failed:"; tail -n 5 /tmp/install-peers.log; }
  [ "${made:-}" = 1 ] && rm -f "$policy"
fi
for program in "${!uses[@]}"; do
  has "$program" || echo "not here: $program; skipped: ${uses[$program]}"
done
exit 0
