#!/usr/bin/env bash
# The live pane in a real window, with mouse and keyboard: the first answer within ten seconds of the launch, a second
# question, another wording, a model file, two beside each other, stopped in the middle of a word. Run by session.sh;
# leaves pictures in $OUT. Ends at the first thing that is not as promised. THEME=light takes the light theme.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"
ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
MODEL=${MODEL:-$ROOT/assets/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf}

visit() { printf '\n- %s\n' "$*"; }
# until_text NAME SECONDS: waits until the field holds some words, and prints them.
until_text() { changes_text entry "$1" "" "$2"; }
seconds_up() { ps -o etimes= -p "$APP_PID" | tr -d ' '; }

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

visit "asks on, and stops in the middle"
click entry Prompt
xdotool type --delay 10 "Write a long story about a lighthouse keeper and the sea."
xdotool key Return
until_text Answer 60 >/dev/null
shot live-streaming
click "push button" Stop
sees "Stopped by you" 10
shot live-stopped

visit "looks at a model file before loading it"
click "push button" "Open a model file…"
type_in entry "Path of the file (.gguf)" "$MODEL"
click "push button" "Open this file"
sees "parameters in" 20
sees "Will take"
shot live-offer
click "push button" Load
"$A" gone "push button" Load 20 || fail "the offer stays"
sees "loaded in" 60

visit "compares with a second model"
click "*" "Compare with a second model"
click "push button" "Load this model (second)"
click entry Prompt
xdotool type --delay 10 "What is a rack of servers?"
xdotool key Return
until_text Answer 60 >/dev/null
click "push button" "Stop the first"
"$A" wait entry "Answer (second)" 60
until_text "Answer (second)" 60 >/dev/null
shot live-pair
click "push button" "Stop the second"
sees "Stopped by you" 10
shot live-pair-stopped
click "push button" "Generation settings"
sleep 1
shot live-settings
xdotool key Escape

printf '\nThe live pane is as promised; pictures are in %s\n' "$OUT"
