#!/usr/bin/env bash
# The live pane in a real window, with mouse and keyboard, as a first-time user has it: an answer within ten seconds of the
# launch, the machine measured, the answer's speed added as a measurement and the estimates seen to sharpen, files that are
# no model, another GGUF beside the built-in model on one question, one of the two stopped in the middle of a word while the
# other goes on to its end. Run by session.sh; leaves pictures in $OUT. Ends at the first thing that is not as promised.
#
# WITHIN: seconds from the launch to the first words (10). MODEL: the other GGUF; without one the program itself stores its
# built-in model as Q8_0. THEME=light takes the light theme.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"
ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
BUILT_IN=$ROOT/assets/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf
MODEL=${MODEL:-}

visit() { printf '\n- %s\n' "$*"; }
# until_text NAME SECONDS: waits until the field holds some words, and prints them.
until_text() { changes_text entry "$1" "" "$2"; }
seconds_up() { ps -o etimes= -p "$APP_PID" | tr -d ' '; }
# ask QUESTION
ask() { click entry Prompt; xdotool type --delay 10 -- "$1"; xdotool key Return; }
# look_at FILE: opens a file by its path; what is known of it is shown.
look_at() {
  click "push button" "Open a model file…"
  type_in entry "Path of the file (.gguf)" "$1"
  click "push button" "Open this file"
  "$A" gone entry "Path of the file (.gguf)" || fail "the dialog stays open"
}
# width TEXT: upper over lower end of the first band in a text such as "Predicted speed: 61.0 tokens/s [30.1 – 120]".
width() { sed 's/[^[]*\[\([^]]*\)\].*/\1/; s/,//g; s/–/ /' <<<"$1" | awk '{ print $2 / $1 }'; }
# narrower BEFORE NOW: the band of the second text is narrower than that of the first.
narrower() {
  say "$1"; say "$2"
  awk -v a="$(width "$1")" -v b="$(width "$2")" 'BEGIN { exit !(b > 1 && b < a) }' || fail "that is not narrower"
}
# no_wider BEFORE NOW: a model unlike the one that ran may have its estimate moved and no surer.
no_wider() {
  say "$1"; say "$2"
  awk -v a="$(width "$1")" -v b="$(width "$2")" 'BEGIN { exit !(b > 1 && b < 1.01 * a) }' || fail "that is wider"
}
pick() { click "combo box" "$1"; type_in entry "Filter: $1" "$2"; click "*" "$3"; "$A" gone entry "Filter: $1" 5; }

visit "opens the live pane and presses Enter: the built-in model answers"
click "toggle button" Live
"$A" wait entry Prompt 20
xdotool key Return
"$A" wait entry Answer 60 || fail "no answer"
first=$(until_text Answer 60)
say "first words ${first:0:40}... $(seconds_up) s after the launch"
[ "$(seconds_up)" -le "${WITHIN:-10}" ] || fail "that is more than ${WITHIN:-10} s after the launch"
if [ "${THEME:-dark}" = light ]; then click "push button" "Switch to the light theme"; fi
"$A" wait "push button" "Copy answer 1" 120 || fail "the answer does not end"
say "$(says "Live speed: ") / $(says "Live time to first token: ") / $(says "Live memory: ")"
shot live-answered

visit "measures this machine, and sees what other models would give on it"
click "push button" "Measure this machine…"
sees "Memory bandwidth, measured: " 20
processor=$(says "Processor, read: ")
shot live-machine
click "push button" "Make this device"
"$A" wait "push button" "Predicted speed: *" 10 || fail "nothing is predicted for this machine"
before=$(says "Predicted speed: ")
click "toggle button" Sizing
"$A" wait "combo box" Device 5
pick Device "this machine" "${processor#*: } (this machine)"
other_before=$(says "Decode speed: ")
click "toggle button" Live
"$A" wait entry Prompt 5

visit "adds the answer's speed as a measurement: the estimates for this machine sharpen"
click "push button" "Add as a measurement of this machine"
line=$(says "Estimated speed: ")
shot live-sharpened
narrower "$before" "$(changes "Predicted speed: " "$before")"
say "$line"
say "$(holds "of this device")"
click "toggle button" Sizing
other_now=$(changes "Decode speed: " "$other_before")
shot live-sharpened-other
no_wider "$other_before" "$other_now"
click "push button" "$other_now"
sees "of this device"
xdotool key Escape
click "toggle button" Live

visit "asks on, and stops in the middle"
ask "Write a long story about a lighthouse keeper and the sea."
until_text Answer 60 >/dev/null
shot live-streaming
click "push button" Stop
sees "Stopped by you" 10
shot live-stopped

visit "opens what is no model: each is named, and the chat stays"
mkdir -p "$OUT/files/folder.gguf"
head -c 30000000 "$BUILT_IN" >"$OUT/files/cut.gguf"
echo "Dear reader" >"$OUT/files/letter.gguf"
for bad in "cut.gguf:the file ends" "letter.gguf:does not begin with GGUF" "folder.gguf:it is a folder" "none.gguf:there is no such file"; do
  look_at "$OUT/files/${bad%%:*}"
  sees "${bad#*:}" 10
  say "$(holds "❌ ")"
  shot "live-bad-${bad%%:*}"
  click "push button" "Do not load"
done
[ "$("$A" text entry "Question 1")" = "Why is the sky blue?" ] || fail "the chat is gone"

visit "looks at another GGUF before loading it, and loads it"
if [ -z "$MODEL" ]; then
  MODEL=$OUT/files/SmolLM2-135M-Instruct-Q8_0.gguf
  "$(realpath "/proc/$APP_PID/exe")" quantize --model "$BUILT_IN" --format q8_0 --to "$MODEL" --force >"$OUT/quantize.log" 2>&1 ||
    { cat "$OUT/quantize.log"; fail "no other GGUF"; }
fi
look_at "$MODEL"
sees "parameters in" 20
say "$(holds "parameters in") / $(holds "Will take") / $(says "Memory to load it: ")"
shot live-offer
click "push button" Load
"$A" gone "push button" Load 20 || fail "the offer stays"
sees "loaded in" 60

visit "compares it with the built-in model on one question; the first is stopped, the other goes on to its end"
click "*" "Compare with a second model"
"$A" wait "combo box" "Live model (second)" 5
pick "Live model (second)" "built in" "SmolLM2 135M (built in)*"
"$A" wait "push button" "Load (second)" 10
click "push button" "Load (second)"
"$A" gone "push button" "Load (second)" 20 || fail "the offer stays"
click "push button" "Clear chat"
ask "Write a long story about a rack of servers."
until_text Answer 60 >/dev/null
click "push button" "Stop the first"
sees "Stopped by you" 10
stopped=$("$A" text entry Answer)
"$A" wait entry "Answer (second)" 60
some=$(until_text "Answer (second)" 60)
shot live-pair
"$A" wait "push button" "Copy answer 1 (second)" 120 || fail "the other does not end"
whole=$("$A" text entry "Answer (second)")
[ "$("$A" text entry Answer)" = "$stopped" ] || fail "the first goes on after it was stopped"
[ ${#whole} -gt ${#some} ] || fail "the other did not go on"
say "the first ends with \"${stopped: -24}\", the other after ${#whole} characters: $(says "Live speed (second): ")"
shot live-pair-ended

visit "quits while both are loaded, without saving"
xdotool key ctrl+q
click "push button" "Discard changes"
window_gone() { ! xdotool getwindowname "$WIN" >/dev/null 2>&1; }
until_true 10 window_gone || fail "the window is still there"
rm -r "$OUT/files"

printf '\nThe live pane is as promised; pictures are in %s\n' "$OUT"
