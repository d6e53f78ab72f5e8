#!/bin/sh
# A demo server, held against its own OpenAPI document with the token of each role: demo.sh PROGRAM VENV EXAMPLES
set -eu
program=$1 venv=$2 examples=$3
folder=$(mktemp -d)
"$program" demo --data "$folder/demo" --serve 127.0.0.1:0 --json > "$folder/said" 2> "$folder/log" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$folder"' EXIT
until grep -q '"tokens"' "$folder/said"; do kill -0 $server || { cat "$folder/log" >&2; exit 1; }; sleep 1; done
address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$folder/said")
tokens=$(sed -n 's/.*"tokens":{\([^}]*\)}.*/\1/p' "$folder/said" | tr ',' '\n' | sed 's/"//g; s/:/=/')
# one word a token: none has a blank in it
sh "$(dirname "$0")/run.sh" "$venv" "$address" "$examples" $tokens
