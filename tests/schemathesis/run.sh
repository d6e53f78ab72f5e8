#!/bin/sh
# Holds a server against its own OpenAPI document: every operation with what it permits and what it does not, as the holder of each role.
#   run.sh VENV ADDRESS EXAMPLES TOKEN...
# VENV is a Python environment that is made if need be; each TOKEN is ROLE=TOKEN. Ends with 77 where schemathesis is not to be had.
set -u
venv=$1 address=$2 examples=$3
shift 3
version=4.32.5
if ! "$venv/bin/schemathesis" --version 2>/dev/null | grep -q "$version"; then
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "schemathesis==$version"; } >/dev/null 2>&1
  "$venv/bin/schemathesis" --version >/dev/null 2>&1 || { echo "schemathesis cannot be installed" >&2; exit 77; }
fi
failed=0
for token in "$@"; do
  role=${token%%=*}
  # what is asked for is mostly not there: that it is refused as the document says is what is held
  if "$venv/bin/schemathesis" run "$address/api/openapi.json" --header "Authorization: Bearer ${token#*=}" \
    --max-examples "$examples" --phases examples,coverage,fuzzing --seed 1 --no-shrink --continue-on-failure \
    --suppress-health-check all --request-timeout 60 --warnings off \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,missing_required_header,ignored_auth \
    --exclude-path /ocsp --exclude-path /tsa \
    > "$venv/$role.log" 2>&1; then
    echo "PASS $role: $(grep -E 'Tested:' "$venv/$role.log" | tr -s ' ') operations, $(grep -E 'generated' "$venv/$role.log" | tail -1 | tr -s ' ')"
  else
    failed=1
    echo "FAIL $role"
    sed -n '/= ERRORS =\|= FAILURES =/,$p' "$venv/$role.log"
  fi
done
exit $failed
