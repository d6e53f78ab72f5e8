# demo and test are the two commands of the README; the others are for those who work on Dauson.

CARGO ?= cargo
DEMO ?= target/demo
ADDR ?= 127.0.0.1:8080
# what the tests compare with: other people's tools, as Debian packages them
TEST_TOOLS = qpdf:qpdf pdfsig:poppler-utils openssl:openssl xmlsec1:xmlsec1 xmllint:libxml2-utils zbarimg:zbar-tools curl:curl \
             softhsm2-util:softhsm2 pkcs11-tool:opensc chromium:chromium jq:jq

.PHONY: demo test serve bench fuzz lint audit sqlx tools schemathesis pictures

## a throw-away data folder; a PDF signed and verified, a receipt issued and verified, the log audited
demo:
	$(CARGO) build --release --locked
	rm -rf $(DEMO)
	target/release/dauson demo --data $(DEMO)

## every test; first the tools that they need, where apt-get can bring them
test: tools
	$(CARGO) test --locked

## the demo as a server
serve:
	$(CARGO) build --release --locked
	rm -rf $(DEMO)
	target/release/dauson demo --data $(DEMO) --serve $(ADDR)

## CPU time and memory of signing and verifying
bench:
	$(CARGO) bench --locked

## the README's pictures anew, as the tests take them in a browser
pictures: tools
	$(CARGO) test --locked --test it page_
	cp target/screenshots/readme/*.png docs/

## every parser, and verifying and signing as a whole, under libFuzzer: FUZZ_SECONDS for each target
FUZZ_SECONDS ?= 180
FUZZ_TARGETS ?= pdf cms x509 crl ocsp tsp xml edxml png pkcs12 tlog auditor webauthn qr verify sign
fuzz:
	command -v cargo-fuzz >/dev/null 2>&1 || $(CARGO) install cargo-fuzz
	cp Cargo.lock fuzz/Cargo.lock
	for target in $(FUZZ_TARGETS); do fuzz/run.sh $$target $(FUZZ_SECONDS) || exit 1; done

## a demo server held against its own OpenAPI document, with each role's token (needs python3 and its package index)
SCHEMATHESIS_EXAMPLES ?= 20
schemathesis:
	$(CARGO) build --locked
	tests/schemathesis/demo.sh target/debug/dauson target/schemathesis $(SCHEMATHESIS_EXAMPLES)

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

## licences and sources of everything that is linked (needs cargo-deny)
audit:
	cargo deny --all-features check bans licenses sources

## after a change of a query or a migration: what the compiler checks the queries against, without a database
sqlx:
	mkdir -p target .sqlx
	rm -f target/schema.db .sqlx/query-*.json
	cat migrations/sqlite/*.sql | sqlite3 target/schema.db
	touch src/lib.rs
	DATABASE_URL=sqlite://target/schema.db SQLX_OFFLINE_DIR=$(CURDIR)/.sqlx $(CARGO) check --lib

tools:
	@missing=""; \
	for pair in $(TEST_TOOLS); do \
	  command -v $${pair%%:*} >/dev/null 2>&1 || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null 2>&1; then \
	  echo "make test: please install:$$missing (tests that need them are skipped)" >&2; exit 0; fi; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "make test: installing$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	$$sudo apt-get install -y --no-install-recommends $$missing >/dev/null 2>&1 \
	  || { $$sudo apt-get update -qq && $$sudo apt-get install -y --no-install-recommends $$missing >/dev/null; } \
	  || echo "make test: could not install$$missing; tests that need them are skipped" >&2
