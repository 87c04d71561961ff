# What a user can do, for drivers run by session.sh: each function finds its widget by role and accessible name, then
# uses the real mouse and keyboard.
A=$(dirname "${BASH_SOURCE[0]}")/atspi.py

say()  { printf '  %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; shot failed root; "$A" tree >"$OUT/failed-tree.txt" 2>&1 || true; return 1; }
# Saves a picture of the window (or of the root, with what pops out of it) as $OUT/NAME.png.
shot() { import -window "${2:-$WIN}" "$OUT/$1.png"; }

centre() { "$A" rect "$1" "$2" | awk '{ print int($1 + $3 / 2), int($2 + $4 / 2) }'; }
# click ROLE NAME [BUTTON]
click() {
  local at; at=$(centre "$1" "$2") || { fail "nothing to click: $1 \"$2\""; return 1; }
  # shellcheck disable=SC2086 # two numbers
  xdotool mousemove $at; sleep 0.05; xdotool click "${3:-1}"; sleep 0.2
}
# type_in ROLE NAME TEXT: types into the field, replacing what it holds. A busy machine may take a while to hand over the
# keyboard: what is typed before that is lost, so it waits for the focus.
type_in() {
  click "$1" "$2" || return 1
  "$A" focused "$1" "$2" || { fail "$2 does not take the keyboard"; return 1; }
  xdotool key ctrl+a; xdotool type --delay 15 -- "$3"; sleep 0.2
}
# A number field of egui opens for typing on a click and takes the value on Enter.
type_number() { type_in "$1" "$2" "$3" || return 1; xdotool key Return; sleep 0.3; }
# drag_and_hold X1 Y1 X2 Y2: press, move in steps (one jump is not seen as a drag), and do not let go.
drag_and_hold() {
  local i
  xdotool mousemove "$1" "$2" mousedown 1; sleep 0.4
  for i in 1 2 3 4 5 6 7 8 9 10; do xdotool mousemove $(($1 + ($3 - $1) * i / 10)) $(($2 + ($4 - $2) * i / 10)); sleep 0.04; done
  sleep 0.3
}
let_go() { xdotool mouseup 1; sleep 0.3; }
drag() { drag_and_hold "$@"; let_go; }
# drag_to ROLE NAME ROLE NAME
drag_to() {
  local from to
  from=$(centre "$1" "$2") && to=$(centre "$3" "$4") || { fail "cannot drag $2 to $4"; return 1; }
  # shellcheck disable=SC2086 # two numbers each
  drag $from $to
}
# slide NAME PLACE: drags the slider's handle along to a place in 0..1.
slide() {
  local x y w h value
  read -r x y w h < <("$A" rect slider "$1") || { fail "no slider \"$1\""; return 1; }
  value=$("$A" place slider "$1")
  drag "$(awk -v x="$x" -v w="$w" -v h="$h" -v t="$value" 'BEGIN { print int(x + h / 2 + (w - h) * t) }')" $((y + h / 2)) \
       "$(awk -v x="$x" -v w="$w" -v h="$h" -v t="$2" 'BEGIN { print int(x + h / 2 + (w - h) * t) }')" $((y + h / 2))
}
# sees TEXT [SECONDS]: some name or value on the screen holds the text.
sees() { "$A" sees "$1" "${2:-5}" >/dev/null || fail "not on the screen: $1"; }
# says PREFIX: the whole name (and value) of the one thing whose name begins so.
says() { "$A" says "$1" || fail "nothing on the screen begins with: $1"; }
# holds TEXT: the whole name of the first thing whose name holds the text.
holds() { "$A" holds "$1" || fail "nothing on the screen holds: $1"; }
# until_true SECONDS COMMAND...: tries until it succeeds.
until_true() { local end=$((SECONDS + $1)); shift; until "$@" 2>/dev/null; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done; }
# changes_text ROLE NAME BEFORE [SECONDS]: waits until a field's text differs, and prints it.
changes_text() {
  local now end=$((SECONDS + ${4:-5}))
  while now=$("$A" text "$1" "$2"); do
    [ "$now" = "$3" ] || { printf '%s\n' "$now"; return 0; }
    [ $SECONDS -lt $end ] || break
    sleep 0.1
  done
  fail "$2 still reads: $3"
}
# changes PREFIX BEFORE [SECONDS]: waits until what says PREFIX prints differs from BEFORE, and prints it.
changes() {
  local now end=$((SECONDS + ${3:-5}))
  while now=$("$A" says "$1"); do
    [ "$now" = "$2" ] || { printf '%s\n' "$now"; return 0; }
    [ $SECONDS -lt $end ] || break
    sleep 0.2
  done
  fail "still the same: $2"
}
