#!/bin/sh
# Runs the official JSON-Schema-Test-Suite (draft 2020-12; a copy is in the source package of jsonschema on PyPI) against the
# schemas that constrained output supports. usage: bench/schema-suite.sh [FOLDER for the download]
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
folder=${1:-$root/bench/target/schema-suite}
mkdir -p "$folder"
folder=$(CDPATH= cd -P -- "$folder" && pwd -P)
if [ ! -d "$folder/json" ]; then
  python3 -m pip download -q --no-deps --no-binary :all: jsonschema==4.23.0 -d "$folder"
  tar xzf "$folder/jsonschema-4.23.0.tar.gz" --strip-components=1 -C "$folder" jsonschema-4.23.0/json/tests/draft2020-12
fi
cd "$root"
JAVA_HOME=$JDK exec mvn -q -B -ntp -pl engine test -Dtest=SchemaSuiteTest \
  -Dherd.schema.suite="$folder/json/tests/draft2020-12" -Dsurefire.failIfNoSpecifiedTests=false
