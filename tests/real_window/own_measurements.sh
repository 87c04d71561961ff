#!/usr/bin/env bash
# A user's own measurements, in a real window: a benchmark file is imported after a look at it, the estimate moves and says
# why, and undo returns it. Run by session.sh; leaves pictures in $OUT. Ends at the first thing that is not as promised.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"

visit() { printf '\n- %s\n' "$*"; }
pick() { click "combo box" "$1"; type_in entry "Filter: $1" "$2"; click "*" "$3"; "$A" gone entry "Filter: $1" 5; }

cat >"$OUT/bench.jsonl" <<'JSON'
{"gpu_info": "NVIDIA GeForce RTX 3090", "backends": "CUDA", "model_filename": "Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium", "model_n_params": 8030261248, "n_gpu_layers": 99, "n_prompt": 0, "n_gen": 128, "n_depth": 0, "test_time": "2026-11-20T15:09:26Z", "avg_ts": 80.0, "stddev_ts": 0.5}
{"gpu_info": "NVIDIA GeForce RTX 3090", "backends": "CUDA", "model_filename": "Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium", "model_n_params": 8030261248, "n_gpu_layers": 99, "n_prompt": 512, "n_gen": 0, "n_depth": 0, "test_time": "2026-11-20T15:09:26Z", "avg_ts": 3100.0, "stddev_ts": 9.5}
{"gpu_info": "NVIDIA GeForce RTX 3090", "avg_ts": "fast"}
{"cpu_info": "Some Processor 9000", "backends": "CPU", "model_filename": "Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium", "model_n_params": 8030261248, "n_threads": 8, "n_prompt": 0, "n_gen": 128, "n_depth": 0, "avg_ts": 9.5, "stddev_ts": 0.1}
JSON

visit "sizes a card nobody here has measured yet"
click "toggle button" Sizing
"$A" wait "combo box" Device 5
pick Device "RTX 3090" "NVIDIA GeForce RTX 3090"
before=$(says "Decode speed: ")
say "$before"

visit "imports a file, and looks at what was read before it counts"
click "push button" "File"
"$A" wait "menu item" "Import files…" 5
click "menu item" "Import files…"
type_in entry "Path of the file (.json, .jsonl, .csv, .md, .txt, .yaml, .yml, .safetensors, .gguf)" "$OUT/bench.jsonl"
click "push button" "Open this file"
sees "Measurements to add"
sees "bench.jsonl: 3 measurements"
sees "Set aside: bench.jsonl"
sees "Missing: the device: the catalog has no"
[ "$(says "Decode speed: ")" = "$before" ] || fail "it moved before it was agreed to"
click "push button" "Make a device of this machine…"
"$A" wait "push button" "Make this device" 5
shot review
type_number "spin button" "Memory bandwidth (GB/s, 0: unknown)" 60
click "push button" "Make this device"
click "push button" "Add 3 measurements"

visit "sees the estimate moved, and why"
after=$(changes "Decode speed: " "$before")
say "$after"
shot moved
click "push button" "$after"
sees "shifted by -"
shot why root
xdotool key Escape

visit "takes it back"
click "push button" "Take back the last change"
returned=$(changes "Decode speed: " "$after")
say "$returned"
shot returned

echo; echo "All as promised"
