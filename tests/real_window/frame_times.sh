#!/usr/bin/env bash
# Frame times in a real window: idle, while the built-in model writes a long answer with all threads it takes, and idle
# again below that answer. Run by session.sh with SIZEWRIGHT_FRAME_TIMES=$OUT/frames.csv in the environment:
#
#   OUT=/tmp/frames SIZEWRIGHT_FRAME_TIMES=/tmp/frames/frames.csv session.sh PROGRAM -- frame_times.sh
#
# Prints the distribution for each state. Fails where the middle frame while generating takes $MOST milliseconds more
# than the middle idle one (3, unless set), in the app's own code.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"
FRAMES=${SIZEWRIGHT_FRAME_TIMES:?names the file of frame times}
TOKENS=${TOKENS:-4000} LONGEST=${LONGEST:-240} MOST=${MOST:-3}

click "toggle button" Live
"$A" wait entry Prompt 20
sees "loaded in" 60
say "idle"
sleep 8
if [ "$TOKENS" -gt 0 ]; then
  click "push button" "Generation settings"
  type_number "spin button" "Longest answer (tokens)" "$TOKENS"
  xdotool key Escape
fi
click entry Prompt
xdotool type --delay 5 "Write a very long story in many chapters about a lighthouse keeper and the sea."
xdotool key Return
say "generating"
"$A" wait "push button" "Copy answer 1" "$LONGEST" || { click "push button" Stop; "$A" wait "push button" "Copy answer 1" 10; }
say "$(says "Live speed: ")"
shot frame-times
sleep 8

python3 - "$FRAMES" "$MOST" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
def part(values, share): return values[min(len(values) - 1, int(share * len(values)))]
middle = {}
for column in ("code_ms", "frame_ms"):
    for state in ("idle", "reading", "generating"):
        values = sorted(float(row[column]) for row in rows if row["state"] == state and row[column])
        if not values: continue
        middle[column, state] = part(values, 0.5)
        print(f"  {column:8} {state:10} {len(values):5} frames: "
              + ", ".join(f"{name} {part(values, share):.2f}" for name, share in
                          (("p10", .1), ("p50", .5), ("p90", .9), ("p99", .99), ("max", 1))))
writing = [float(row["code_ms"]) for row in rows if row["state"] == "generating"]
for name, some in (("first", writing[:len(writing) // 4]), ("last", writing[-len(writing) // 4:])):
    print(f"  {name} quarter of the answer: p50 {part(sorted(some), 0.5):.2f} ms, p99 {part(sorted(some), 0.99):.2f} ms")
more = middle["code_ms", "generating"] - middle["code_ms", "idle"]
print(f"  the middle frame while generating takes {more:.2f} ms more of the app's code than the middle idle one")
sys.exit(more > float(sys.argv[2]))
PYTHON
