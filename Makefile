# Two commands for a newcomer: `make demo` and `make test`. Everything else serves these.
.PHONY: demo test check bench night random peers fuzz-api fmt clean

# Shows the whole thing: a simulated site and the daemon on loopback, real jobs; stays up until Ctrl-C.
# `make demo ONCE=1` ends with exit status 0 or 1.
demo:
	cargo build --workspace --bins
	cargo run --quiet --example demo -- $(if $(ONCE),--once)

# Everything that proves it. Installs the peers that tests speak to where it may, else says what it cannot run.
test: peers
	cargo build --workspace --bins
	cargo test --workspace --doc
	cargo test --workspace --lib --bins
	cargo test --package towerhand-simulators --tests
	$(MAKE) --no-print-directory fuzz-api
	cargo run --quiet --example demo -- --once
	cargo test --test it

# Format, lints, documentation, dependency policy.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	packaging/check-dependencies.sh

# Figures, with the machine's own beside them.
bench:
	cargo build --release --workspace --bins
	cargo bench --bench figures

# 200 simulated radios in 100 hops upgraded in one night, one in twenty broken; prints the timeline and the verdict.
# `make night RATE=120` runs it faster on a fast machine.
night:
	cargo run --quiet --example night -- $(if $(RATE),--rate $(RATE))

# Random operations on 20 simulated radios, a run a seed: what must always hold is read off their journals. A run takes two
# seconds of CPU and several of waiting, so ABREAST of them run beside each other.
random:
	RUNS=$(or $(RUNS),100) SEED=$(or $(SEED),1000) ABREAST=$(or $(ABREAST),8) cargo test --test it aviat::random::many_seeds -- --ignored --exact --nocapture

# A public fuzzer of OpenAPI services against the debug daemon, for a minute; skipped, aloud, where pip cannot install it.
fuzz-api:
	@packaging/fuzz-api.sh

# Debian's snmpd, snmp tools, OpenSSH, Prometheus and its promtool: real parts that the tests speak to.
peers:
	@packaging/install-peers.sh

fmt:
	cargo fmt --all

clean:
	cargo clean
