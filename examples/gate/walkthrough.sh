#!/usr/bin/env bash
# A gate in a repository of your own, from the first file to an expired waiver; every step tells its exit code.
#
#     bash examples/gate/walkthrough.sh [FOLDER]      # FOLDER is made, and must not be there yet
#
# Needs the lending example's model (make demo, or python examples/lending/train.py), git and dlaudit.
set -uo pipefail
here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
lending="${LENDING:-$here/../lending}"
folder="${1:-gate-walkthrough}"
python="${PYTHON:-python3}"
export CI=true GIT_AUTHOR_NAME=you GIT_AUTHOR_EMAIL=you@example.org GIT_COMMITTER_NAME=you GIT_COMMITTER_EMAIL=you@example.org
mkdir "$folder" || exit 1
cp "$lending/model.pt2" "$lending/test.csv" "$folder"
cd -- "$folder" || exit 1

step() { printf '\n== %s\n' "$*"; }
try() {  # EXPECTED COMMAND...: what is typed, what it says, and its exit code
  local expected="$1" code=0
  shift
  printf '$ %s\n' "$*"
  "$@" 2>&1 || code=$?
  printf '[exit %s]\n' "$code"
  if [[ "$code" != "$expected" ]]; then
    printf 'expected exit %s\n' "$expected"
    exit 1
  fi
}
audit() { try "$1" dlaudit run --no-explain --progress none --no-color --out report; }

step "Monday: a repository with a model and a test set becomes one with a gate"
git init --quiet .
printf 'report/\n*.log\n' > .gitignore
try 0 dlaudit init model.pt2 --data test.csv --target approve --sensitive race,sex \
  --set model.threshold=0.8 --set 'slices.unknown=[""]' --ci github --progress none
cat >> dlaudit.toml << 'TOML'

[[rule]]
id = "equal-opportunity"
metric = "true_positive_rate.difference"
by = "sex"
max = 0.15
TOML
git add . && git commit --quiet --message "A gate"

step "What can be decided with this data, before anything is run"
try 0 dlaudit check --quiet

step "The first run"
audit 0

step "It becomes the baseline, a file of the repository"
try 0 dlaudit baseline accept report --reason "first release"
cat >> dlaudit.toml << 'TOML'

[baseline]
path = "dlaudit-baseline.json"
TOML
git add . && git commit --quiet --message "Baseline: first release"

step "A pull request that changes no model: silence"
audit 0

step "A pull request with a model that sees one column in another unit"
"$python" "$here/worsen.py" "$lending/model.pt" model.pt2 cons 3 test.csv > worsen.log 2>&1 || exit 1
audit 1
try 0 grep -A 4 '<failure' report/junit.xml
try 0 "$python" -c 'import json
for one in json.load(open("report/audit.sarif"))["runs"][0]["results"]:
    if one["level"] == "error":
        print(one["ruleId"], one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], one["message"]["text"][:160])'

step "The same run as annotations for GitHub"
try 1 dlaudit gate report --format github --no-color

step "The team takes it for two weeks, with a reason, an owner and a last day"
soon="$("$python" -c 'import datetime; print(datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=14))')"
cat >> dlaudit.toml << TOML

[[waiver]]
rule = "no-worse: true_positive_rate"
reason = "cons arrives in months since the import changed; fix is in review (ticket 812)"
owner = "model board"
expires = $soon
TOML
audit 0

step "Two weeks later nobody has mended it"
later="$("$python" -c 'import datetime; print(datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=15))')"
try 1 dlaudit gate report --on "$later" --no-color

step "Somebody misspells a key, widens a limit and deletes the baseline: told, mistakes all at once, and never a pass"
cp dlaudit.toml kept.toml
sed -i.bak 's/max = 0.15/max = 15/; s/by = "sex"/by = "sexx"/; s/owner = "model board"/ownr = "model board"/' dlaudit.toml
try 2 dlaudit gate report --no-color
mv kept.toml dlaudit.toml
mv dlaudit-baseline.json away.json
try 2 dlaudit run --no-explain --progress none --out report
mv away.json dlaudit-baseline.json
rm dlaudit.toml.bak

step "The model is mended, the waiver is no longer needed and says so"
cp "$lending/model.pt2" model.pt2
audit 0
printf '\nEvery step ended as it should.\n'
