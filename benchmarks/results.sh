#!/bin/sh
# The figures of docs/results.md: the embedded model on the held part of four public sets (AFFECTGRAPH_DATA), every way
# of answering, then one page with the comparisons of docs/preregistered.toml. Stopped, it goes on where it was.
set -eu
PYTHON=${PYTHON:-python3}
LOGS=${LOGS:-logs/results}
METHODS="-c prompt -c choose -c corrected -c anchor"

run() { # task, items
    # shellcheck disable=SC2086  # the methods are words
    "$PYTHON" -m affectgraph.agents eval "$1" --part held --limit "$2" $METHODS --backend embedded --log-dir "$LOGS" \
        --set backends.embedded.threads=1
}

for task in ${TASKS:-goemotions:600 envent_emotion:300 emobank:100 edos:200 envent_appraisal:20}; do
    run "${task%:*}" "${task#*:}"
done
"$PYTHON" -m affectgraph.agents report "$LOGS" --out "$LOGS/results.html" --title "The embedded model on public sets" \
    --preregistered docs/preregistered.toml
