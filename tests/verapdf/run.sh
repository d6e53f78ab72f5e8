#!/bin/sh
# Lets veraPDF judge PDF files: run.sh FOLDER FLAVOUR FILE... ; FOLDER keeps what was fetched and compiled.
# Exit code 0: all conform, 1: one does not, 77: veraPDF or Java is not to be had here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
shift
mkdir -p "$work"
command -v mvn >/dev/null && command -v javac >/dev/null || { echo "Java or Maven is not installed" >&2; exit 77; }
if [ ! -s "$work/classpath" ] || [ ! -s "$work/Judge.class" ] || [ "$here/Judge.java" -nt "$work/Judge.class" ] || [ "$here/pom.xml" -nt "$work/classpath" ]; then
    mvn -q -B -f "$here/pom.xml" dependency:build-classpath "-Dmdep.outputFile=$work/classpath.new" >&2 || exit 77
    javac -cp "$(cat "$work/classpath.new")" -d "$work" "$here/Judge.java"
    mv "$work/classpath.new" "$work/classpath"
fi
exec java -cp "$work:$(cat "$work/classpath")" Judge "$@"
