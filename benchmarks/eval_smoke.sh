#!/bin/sh
# One task per benchmark layout on the fixtures of examples/data, and 100 items of GoEmotions where AFFECTGRAPH_DATA has
# them: embedded model, no network. Ends in a report with intervals.
set -eu
PYTHON=${PYTHON:-python3}
LOGS=${LOGS:-logs/smoke}
FIXTURES=examples/data
# A folder of its own for kept answers: a smoke run shows that answering works, not that answers are kept.
# One thread: two stall where another process takes a core.
export AFFECTGRAPH_BACKENDS__EMBEDDED__THREADS=1
AFFECTGRAPH_DATA_DIR=$(mktemp -d)
export AFFECTGRAPH_DATA_DIR
trap 'rm -rf "$AFFECTGRAPH_DATA_DIR"' EXIT

affectgraph() {
    "$PYTHON" -m affectgraph.agents "$@"
}
evaluate() {
    echo "--- $*"
    affectgraph eval "$@" --backend embedded --log-dir "$LOGS"
}

rm -rf "$LOGS"
mkdir -p "$LOGS"
affectgraph data build emomm --sims $FIXTURES/emomm/sims/meta.csv --mosi $FIXTURES/emomm/mosi/label.csv \
    --mosi-annotations $FIXTURES/emomm/mosi/modality_votes.csv --out "$LOGS/emomm.jsonl"
evaluate emomm --data "$LOGS/emomm.jsonl" --limit 8
evaluate aica_blind --data $FIXTURES/aica
evaluate aica_eu --data $FIXTURES/aica --limit 2 --condition basic
evaluate persona_e2 --data $FIXTURES/persona_e2 --limit 12
evaluate persona_illusion --data $FIXTURES/persona_e2 --limit 24
evaluate empathy_qa --data $FIXTURES/empathy_qa --limit 2 --graph empathy_single
evaluate empathy_qa --data $FIXTURES/psyqa --limit 2 --graph empathy_single
for set in goemotions xstest; do
    # `data find` says where to get what is not there.
    affectgraph data find "$set" >"$LOGS/found.txt" 2>&1 || {
        [ $? -eq 2 ] || exit 1
        echo "skipped: $(cat "$LOGS/found.txt")"
        continue
    }
    case $set in
    goemotions) evaluate goemotions --limit 100 --condition choose --condition corrected ;;
    xstest) evaluate xstest --limit 100 ;;
    esac
done
rm -f "$LOGS/found.txt"
affectgraph report "$LOGS" --out "$LOGS/report.html" --title "Smoke run on fixtures and small samples"
