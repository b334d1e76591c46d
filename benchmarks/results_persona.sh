#!/bin/sh
# The figures of docs/results.md on persona: fits the link and its weights on crowd-enVENT train (AFFECTGRAPH_DATA), then
# asks on val what was written down in docs/preregistered.toml. Stopped, it goes on where it was.
set -eu
PYTHON=${PYTHON:-python3}
LOGS=${LOGS:-logs/persona}
run() { "$PYTHON" -m affectgraph.agents "$@" --set backends.embedded.threads=1; }

mkdir -p "$LOGS"
"$PYTHON" -m affectgraph.agents link show >/dev/null 2>&1 || "$PYTHON" -m affectgraph.agents link fit
if [ ! -e "$LOGS/weighed" ]; then
    run link weigh --backend embedded --limit "${WEIGHED:-200}"
    touch "$LOGS/weighed"
fi
run eval envent_persona_appraisal --backend embedded --log-dir "$LOGS" \
    -c words -c traits -c full -c shuffled -c stranger
run eval envent_persona --limit "${EVENTS:-200}" --backend embedded --log-dir "$LOGS" \
    -c direct -c alone -c persona -c told -c memory -c link -c full -c shuffled -c stranger
for side in writer reader; do
    run eval "emobank_$side" --part held --limit "${SENTENCES:-100}" --backend embedded --log-dir "$LOGS" \
        -c asked_writer+corrected -c asked_reader+corrected
done
"$PYTHON" -m affectgraph.agents report "$LOGS" --out "$LOGS/persona.html" --title "Persona on public sets" \
    --preregistered docs/preregistered.toml
