#!/usr/bin/env bash
# The rack in a real window: the default rack built by hand, by drag and by keyboard; the power slider from 10 to 20 kW; feed
# A lost; another model; sessions and the binding limit read each time. Then both faces, a shelf with bays, a second rack.
# Run by session.sh; leaves pictures in $OUT. Ends at the first thing that is not as promised.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"

AMPERE="Ampere 2U (AmpereOne A192, 625 W budget)"
visit() { printf '\n- %s\n' "$*"; }
# bound: what binds, which stands beside its label.
bound() { "$A" tree | grep -A1 "'Bound by'" | tail -1 | sed "s/^[^']*'\([^']*\)'.*/\1/"; }
reads() { say "$1: $(says "Servers: ") / $(says "Sessions: ") / bound by $(bound)"; }
# place OF_WINDOW: one of X, Y, WIDTH, HEIGHT, on the screen.
place() { xdotool getwindowgeometry --shell "$WIN" | sed -n "s/^$1=//p"; }
# wheel BUTTON TIMES: over the column of needs, where the pointer is put first.
wheel() {
  xdotool mousemove $(($(place X) + 60)) $(($(place Y) + 420))
  xdotool click --repeat "$2" --delay 30 "$1"; sleep 0.4
}
# bring ROLE NAME: scrolls the needs until it is in sight.
bring() {
  local y h floor try
  floor=$(($(place Y) + $(place HEIGHT) - 50))
  wheel 4 40
  for try in $(seq 1 40); do
    read -r _ y _ h < <("$A" rect "$1" "$2" 2>/dev/null || echo 0 99999 0 0)
    [ $((y + h)) -lt "$floor" ] && return 0
    wheel 5 2
  done
  fail "$2 does not come into sight"
}

visit "empties the rack: nothing fills it"
click "toggle button" Rack
"$A" wait "push button" "No filling" 20
click "push button" "No filling"
sees "U1: empty"
type_in entry "Filter servers" "Ampere 2U"

visit "builds the default rack: the first server by drag"
drag_to "toggle button" "$AMPERE" "push button" "U1: empty"
"$A" wait "toggle button" "U1: $AMPERE" 5
shot by-drag

visit "the second by keyboard: chosen in the palette, mounted with Enter, moved with the arrows"
click "toggle button" "$AMPERE"
click "push button" "U9: empty"
"$A" wait "toggle button" "U9: $AMPERE" 5
"$A" focused "toggle button" "U9: $AMPERE"
xdotool key shift+Down; sleep 0.3
"$A" wait "toggle button" "U4: $AMPERE" 5
xdotool key Down; sleep 0.3
"$A" wait "toggle button" "U3: $AMPERE" 5
reads "two servers by hand"

visit "the other eighteen as copies of the chosen one"
sees "1 chosen"
type_number "spin button" "Copies of each" 18
click "push button" "Duplicate"
"$A" wait "toggle button" "U39: $AMPERE" 5
[ "$(says "Servers: ")" = "Servers: 20" ] || fail "twenty servers were mounted, not: $(says "Servers: ")"
reads "the default rack by hand"
shot by-hand

visit "is refused the twenty-first, and told what would do"
click "push button" "U41: empty"
holds "Refused: $AMPERE at U41: " >/dev/null
say "$(holds "Raise the rack power to")"
shot refused
click "push button" "Leave it"

visit "lets the same server fill the rack, and drags the power slider from 10 to 20 kW"
click "push button" "Empty rack"
click "push button" "Fill rack"
bring slider "Rack power (kW)"
type_number "spin button" "Rack power (kW)" 10
[ "$(changes "Servers: " "Servers: 20")" = "Servers: 16" ] || fail "10 kW carry 16 servers, not: $(says "Servers: ")"
reads "10 kW"
shot 10-kw
# 1 to 150 kW on a logarithmic slider: 20 kW are at ln 20 / ln 150 of its way.
slide "Rack power (kW)" 0.598
[ "$(changes "Servers: " "Servers: 16")" = "Servers: 21" ] || fail "20 kW fill 42U with 21 servers, not: $(says "Servers: ")"
reads "$("$A" text "spin button" "Rack power (kW)") kW by the slider"
shot 20-kw

visit "gives it two feeds, and loses A"
bring "*" "Feeds"
click "*" "Feeds"
bring "check box" "The feeds limit the rack"
click "check box" "The feeds limit the rack"
say "$(says "Rack feed A: ") / $(says "Rack feed B: ") / $(says "Rack feed B, A lost: ")"
reads "feeds of 32 A"
bring "spin button" "Breaker (A)"
type_number "spin button" "Breaker (A)" 16
fewer=$(changes "Servers: " "Servers: 21")
say "$fewer: $(says "Rack feed B, A lost: ")"
reads "feeds of 16 A"
shot feed-a-lost
bring "check box" "The feeds limit the rack"
click "check box" "The feeds limit the rack"

visit "switches the model"
before=$(says "Sessions: ")
wheel 4 60
click "toggle button" "Scenario B"
changes "Sessions: " "$before" >/dev/null
reads "$(says "1 RACK")"
shot other-model
click "toggle button" "Scenario A"

visit "looks at the rear, and mounts a switch there"
click "push button" "No filling"
type_in entry "Filter servers" "1U management switch"
click "toggle button" "1U management switch"
click "push button" "U42: empty"
click "toggle button" "Rear"
click "push button" "U42 rear: empty"
"$A" wait "toggle button" "U42 rear: 1U management switch" 5
shot rear
click "toggle button" "Front"

visit "puts small machines on a shelf"
type_in entry "Filter servers" "Mac mini M4 Pro"
drag_to "toggle button" "Mac mini M4 Pro" "push button" "U10: empty"
click "push button" "Mount a 2U shelf with 3 bays for it"
"$A" wait "toggle button" "U10 bay 1: Mac mini M4 Pro" 5
drag_to "toggle button" "Mac mini M4 Pro" "push button" "U10 bay 3: empty"
"$A" wait "toggle button" "U10 bay 3: Mac mini M4 Pro" 5
reads "two small machines"
shot shelf

visit "adds a rack, and carries the shelf over"
click "push button" "Add a rack"
"$A" wait "toggle button" "Rack 1, U10: 2U shelf with 3 bays" 5
drag_to "toggle button" "Rack 1, U10: 2U shelf with 3 bays" "push button" "U20: empty"
# Held in the middle of its two units, it lands at U20 or one below.
"$A" gone "toggle button" "Rack 1, U10: 2U shelf with 3 bays" 5
say "$(holds "bay 3: Mac mini M4 Pro")"
shot two-racks

visit "closes what is free"
click "push button" "$(holds "free units")"
sees "U42: 1U blanking panel"
shot panels

printf '\nThe rack went as promised; pictures are in %s\n' "$OUT"
