#!/bin/sh
# One fuzz target for some seconds: fuzz/run.sh TARGET SECONDS
#
# Seeds come from the corpus where it lies ($DAUSON_CORPUS, else ../shared/corpus beside the project): PDF files as they
# are, what is inside of them cut out by the target itself. What is found lies in fuzz/artifacts/TARGET.
set -eu
target=$1 seconds=$2
cd "$(dirname "$0")/.."
corpus=${DAUSON_CORPUS:-../shared/corpus}
work=fuzz/corpus/$target seeds=fuzz/target/seeds/$target found=fuzz/artifacts/$target
mkdir -p "$work" "$seeds" "$found"
set -- "$work" "$seeds"
options="-rss_limit_mb=300 -malloc_limit_mb=300 -timeout=2 -print_final_stats=1 -max_total_time=$seconds"
case $target in
pdf | verify | sign)
	options="$options -max_len=49152 -dict=fuzz/pdf.dict"
	if [ -d "$corpus" ]; then
		find "$corpus" -name '*.pdf' -size -48k | paste -sd, - >"$seeds.list"
		options="$options -seed_inputs=@$seeds.list"
	fi
	;;
esac
# unsafe code is forbidden, so there is nothing for a sanitizer to find; the stable compiler is asked for coverage
export RUSTC_BOOTSTRAP=1 DAUSON_FUZZ_SEEDS="$seeds" DAUSON_CORPUS="$corpus"
# shellcheck disable=SC2086
exec cargo fuzz run -s none "$target" "$@" -- $options "-artifact_prefix=$found/"
