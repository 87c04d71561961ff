#!/usr/bin/env bash
# The catalog in a real window: a value is changed and its mark seen, entries are pinned and compared, models are sized
# and sorted, another user's changes are merged. Run by session.sh; leaves pictures in $OUT.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"

visit() { printf '\n- %s\n' "$*"; }

cat >"$OUT/theirs.ron" <<'RON'
(version: 1, entries: (grids: [(
    id: "my-roof", name: "Roof of a friend", year: 2025, intensity_g_per_kwh: 41.0,
    provenance: (source: "his own meter", date: "2025", standing: Measured),
)]))
RON

visit "looks at devices and changes a bandwidth"
click "toggle button" Catalog
"$A" wait "entry" "Filter the catalog" 5
shot devices
type_in entry "Filter the catalog" "RTX 40"
click "push button" "$(says "Bandwidth (GB/s) of NVIDIA GeForce RTX 4090: ")"
xdotool key ctrl+a; xdotool type --delay 15 -- "2000"; xdotool key Return; sleep 0.3
sees "2000, changed"
shot changed

visit "compares two cards"
click "check box" "Pin NVIDIA GeForce RTX 4090 for comparing"
click "check box" "Pin NVIDIA GeForce RTX 4080 for comparing"
click "push button" "Compare (2)"
sees "lines differ"
shot compare

visit "sizes models"
click "toggle button" Models
"$A" wait "push button" "Sort by Decode (tokens/s)" 5
shot models
click "push button" "Sort by Decode (tokens/s)"; sleep 1
shot models_sorted

visit "looks at an engine, its losses and a site"
click "toggle button" Engines
"$A" wait "push button" "Sort by Tokens of a step" 5
shot engines
click "push button" "$(says "Tokens of a step of vLLM: ")"
xdotool key ctrl+a; xdotool type --delay 15 -- "16384"; xdotool key Return; sleep 0.3
sees "16384, changed"
click "push button" "What to do with vLLM"; sleep 0.3
click "push button" "All values"; sleep 0.5
shot engine_values
click "push button" "Back to the table"
click "toggle button" "Format losses"; sleep 0.5
shot format_losses
click "toggle button" "Weight formats"; sleep 0.5
shot weight_formats
click "toggle button" Sites
"$A" wait "push button" "Sort by PUE" 5
click "push button" "What to do with Average of the industry"; sleep 0.3
click "push button" "Use its PUE in the plan"
sees "The plan uses Average of the industry"
shot sites

visit "merges a friend's changes"
click "push button" "File"
"$A" wait "menu item" "Merge catalog changes…" 5
click "menu item" "Merge catalog changes…"
type_in entry "Path of the file (.ron)" "$OUT/theirs.ron"
click "push button" "Open this file"
sees "1 new, 0 different"
shot merge root
click "push button" "Merge 1 entry"
sees "are in your catalog"
