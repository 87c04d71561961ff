#!/usr/bin/env bash
# A first visit, in a real window, with mouse and keyboard: what a new user does without reading anything. Run by
# session.sh; leaves pictures and files in $OUT. Ends at the first thing that is not as promised.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"

visit() { printf '\n- %s\n' "$*"; }
# tab PANE ROLE NAME: opens a pane; it shows this.
tab() { click "toggle button" "$1"; "$A" wait "$2" "$3" 5 || fail "the pane $1 does not show $3"; }
# menu ITEM: of the File menu. A click that a closing dialog swallowed is made again.
menu() {
  local try
  for try in 1 2 3; do
    click "push button" File
    "$A" wait "menu item" "$1" 4 2>/dev/null && break
    [ "$try" != 3 ] || fail "the File menu does not open"
  done
  click "menu item" "$1"
}
# path_dialog ENDING PATH BUTTON: types a path into the dialog and confirms; the dialog closes.
path_dialog() {
  type_in entry "Path of the file (.$1)" "$2"
  shot "dialog-${3// /-}"
  click "push button" "$3"
  "$A" gone entry "Path of the file (.$1)" || fail "the dialog stays open"
}
# number TEXT: the first number in a text such as "Decode speed: 1,234 tokens/s [..]".
number() { sed 's/^[^:]*: *//; s/,//g; s/[^0-9.].*//' <<<"$1"; }
# more A B: whether the first number is larger than the second.
more() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 > b + 0) }' || fail "$1 is not more than $2"; }

visit "sees the default plan"
for text in "Sessions per rack" "LLAMA 3 8B" "12.5 kW" "U42: empty" "Sessions by model: Llama 3.2 3B"; do sees "$text"; done
sessions=$(says "Sessions: "); servers=$(says "Servers: "); power=$(says "Power: "); speed=$(says "All, with prompts: ")
say "$servers / $sessions / $power / $speed"
rm -f "$OUT/visit.ron" "$OUT/visit.md"
shot default-plan

visit "moves the power slider: servers, sessions, watts and tokens/s follow"
slide "Rack power (kW)" 0.3
fewer_servers=$(changes "Servers: " "$servers")
fewer_sessions=$(changes "Sessions: " "$sessions")
less_power=$(changes "Power: " "$power")
slower=$(changes "All, with prompts: " "$speed")
say "$fewer_servers / $fewer_sessions / $less_power / $slower"
more "$(number "$servers")" "$(number "$fewer_servers")"
more "$(number "$sessions")" "$(number "$fewer_sessions")"
more "$(number "$speed")" "$(number "$slower")"
shot power-slider
type_number "spin button" "Rack power (kW)" 12.5
[ "$(changes "Servers: " "$fewer_servers")" = "$servers" ] || fail "12.5 kW typed are not 12.5 kW"

visit "picks another device, model, format and context: weights, cache, verdict and speed follow"
tab Sizing "combo box" Device
pick() { click "combo box" "$1"; type_in entry "Filter: $1" "$2"; click "*" "$3"; "$A" gone entry "Filter: $1" 5; }
# choose NAME WORD: a short list without a filter.
choose() { click "combo box" "$1"; click "*" "$2"; }
pick Device "RTX 4090" "NVIDIA GeForce RTX 4090"
pick Model "llama 3.1 8b" "Llama 3.1 8B"
sees "Llama 3.1 8B in Q4_K_M on NVIDIA GeForce RTX 4090"
weights=$(says "Weights: "); cache=$(says "KV cache: "); decode=$(says "Decode speed: ")
sees "Decode is bound by memory bandwidth"
say "$weights / $cache / $decode"
choose Weights Q8_0
heavier=$(changes "Weights: " "$weights")
more "$(number "$heavier")" "$(number "$weights")"
type_number "spin button" "Context (tokens)" 8192
longer=$(changes "KV cache: " "$cache")
[ "$longer" = "KV cache: 1.00 GiB" ] || fail "8,192 tokens of Llama 3.1 8B take 1 GiB, not: $longer"
say "$heavier / $longer / $(holds Fits)"
shot sizing
pick Model "llama 3.1 70b" "Llama 3.1 70B"
say "$(holds "Does not fit")"
sees "would fit"
shot does-not-fit
pick Model "llama 3.1 8b" "Llama 3.1 8B"
decode=$(says "Decode speed: ")

visit "doubles a device's bandwidth in the catalog: the estimate follows"
tab Catalog entry "Filter the catalog"
type_in entry "Filter the catalog" "RTX 4090"
before=$(says "Bandwidth (GB/s) of NVIDIA GeForce RTX 4090: ")
click "push button" "$before"
type_in entry "Bandwidth (GB/s) of NVIDIA GeForce RTX 4090" 2016
xdotool key Return
changes "Bandwidth (GB/s) of NVIDIA GeForce RTX 4090: " "$before" >/dev/null
shot catalog
tab Sizing "combo box" Device
faster=$(changes "Decode speed: " "$decode")
more "$(number "$faster")" "$(number "$decode")"
say "$decode, then $faster"

visit "drags a server into a free slot, and is refused where it cannot go"
tab Rack "push button" "No filling"
click "push button" "No filling"
"$A" wait "push button" "U10: empty" 5
type_in entry "Filter servers" "DGX H100"
drag_to "toggle button" "NVIDIA DGX H100" "push button" "U10: empty"
sees "U10: NVIDIA DGX H100"
shot mounted
# refused_at SERVER SLOT REASON PICTURE: carries a server there, reads why not, lets go, and nothing has changed.
refused_at() {
  local from to reason
  from=$(centre "toggle button" "$1"); to=$(centre "push button" "$2")
  # shellcheck disable=SC2086 # two numbers each
  drag_and_hold $from $to
  reason=$(says "❌ "); shot "refused-$4"
  let_go
  say "over $2: $reason"
  [[ $reason == *"$3"* ]] || fail "the reason does not name \"$3\""
  holds "Refused: $1 at ${2%:*}: " >/dev/null
  sees "$2"
}
refused_at "NVIDIA DGX H100" "U30: empty" "more than its budget" power
refused_at "NVIDIA DGX H100" "U41: empty" "42.0 U" height
refused_at "NVIDIA DGX H100" "U4: empty" "U10" overlap

visit "undoes it, and does it again"
click "push button" "Take back the last change"
sees "U10: empty"
click "push button" "Do the change again"
sees "U10: NVIDIA DGX H100"

visit "asks the embedded model, watches the answer come token by token, and stops it half way"
tab Live entry Prompt
type_in entry Prompt "Write a long story about a lighthouse keeper and the sea."
"$A" wait "push button" Generate 60
click "push button" Generate
"$A" wait entry Answer 60 || fail "no answer"
some=$(changes_text entry Answer "" 60)
more_of_it=$(changes_text entry Answer "$some" 60)
shot streaming
click "push button" Stop
stopped=$(holds "topped")
left=$("$A" text entry Answer)
sleep 1
[ "$("$A" text entry Answer)" = "$left" ] || fail "the answer goes on after Stop"
say "first seen: ${#some} characters, then ${#more_of_it}; stopped at ${#left}: $stopped"
say "$(says "Live speed: ") / $(says "Live time to first token: ") / $(says "Live memory: ")"
shot stopped

visit "looks how wrong such numbers were"
tab Accuracy "toggle button" "each device"
say "$(holds "half of the decode speeds are within")"
shot accuracy
click "toggle button" "Time per token"
say "$(holds "half of the times per output token are within")"

visit "saves the plan, begins a new one, opens the first again"
menu "Save plan as…"
path_dialog ron "$OUT/visit.ron" "Save here"
until_true 10 test -s "$OUT/visit.ron" || fail "no plan was written"
rack=$(says "Sessions: ")
menu "New plan"
click "toggle button" Rack
sees "U39: Ampere"
menu "Open plan…"
path_dialog ron "$OUT/visit.ron" "Open this file"
tab Rack "toggle button" "U10: NVIDIA DGX H100"
[ "$(says "Sessions: ")" = "$rack" ] || fail "the plan opened again gives $(says "Sessions: "), not $rack"
shot reopened

visit "exports a report"
menu "Export report…"
path_dialog md "$OUT/visit.md" "Save here"
until_true 10 test -s "$OUT/visit.md" || fail "no report was written"
grep -q "^# Sessions per rack" "$OUT/visit.md" && grep -q "DGX H100" "$OUT/visit.md" || fail "visit.md is no report of this plan"
say "$(wc -c <"$OUT/visit.md") bytes"

visit "leaves it alone: it rests"
ticks() { awk '{ print $14 + $15 }' "/proc/$APP_PID/stat"; }
xdotool mousemove 5 5; sleep 1
used=$(ticks); sleep 5; used=$(($(ticks) - used))
say "$used hundredths of a second of processor time in 5 s"
[ "$used" -lt 50 ] || fail "an idle window takes $used ticks in 5 s"

visit "quits"
menu Quit
window_gone() { ! xdotool getwindowname "$WIN" >/dev/null 2>&1; }
until_true 10 window_gone || fail "the window is still there"

printf '\nThe first visit went as promised; pictures are in %s\n' "$OUT"
