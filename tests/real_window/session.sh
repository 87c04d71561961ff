#!/usr/bin/env bash
# Opens a program on a virtual display of its own, with a window manager, a D-Bus session and an accessibility bus, and
# runs a driver against it. Nothing of the caller's desktop or home folder is touched.
#
#   session.sh [--size WxH] PROGRAM [ARGUMENTS] -- DRIVER [ARGUMENTS]
#
# The driver sees DISPLAY, DBUS_SESSION_BUS_ADDRESS, APP_PID, WIN (the X window's id) and OUT (a folder for what it
# makes; $OUT/app.log is what the program printed). The exit status is the driver's; 3 where no window opened.
#
# Debian packages: xvfb openbox xdotool imagemagick x11-utils dbus libglib2.0-bin at-spi2-core python3-gi gir1.2-atspi-2.0
# libgl1-mesa-dri libegl1 libxkbcommon-x11-0 libxcursor1 libxi6
set -euo pipefail

SIZE=1400x900
if [ "${1:-}" = --size ]; then SIZE=$2; shift 2; fi

PROGRAM=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do PROGRAM+=("$1"); shift; done
shift || { echo "usage: session.sh PROGRAM [ARGUMENTS] -- DRIVER [ARGUMENTS]" >&2; exit 2; }

OUT=$(realpath -m "${OUT:-$(mktemp -d)}"); export OUT
# Home and runtime folder are private before the bus starts, so that what the bus starts uses them too. The runtime
# folder holds sockets, whose paths must be short.
RUNTIME=$(mktemp -d)
export HOME=$OUT/home XDG_RUNTIME_DIR=$RUNTIME
rm -rf "$HOME" "$OUT/display" "$OUT/bus-address"; mkdir -p "$HOME" "$OUT/services"; chmod 700 "$HOME" "$RUNTIME"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME WAYLAND_DISPLAY WAYLAND_SOCKET
export LANG=C.UTF-8
export GSETTINGS_BACKEND=memory # the accessibility bus keeps its switch in GSettings; no dconf runs here

STARTED=()
stop_all() {
  # The newest first; the bus last, whose end is the end of what it activated.
  local i
  for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
    kill "${STARTED[i]}" 2>/dev/null || true
    wait "${STARTED[i]}" 2>/dev/null || true
  done
  rm -rf "$RUNTIME"
}
trap stop_all EXIT
# until_true SECONDS COMMAND...: tries until it succeeds.
until_true() { local end=$((SECONDS + $1)); shift; until "$@" 2>/dev/null; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done; }

# The bus knows one service, the accessibility bus. Without a desktop portal the program asks for paths in its own
# window, whatever machine this runs on.
cp /usr/share/dbus-1/services/org.a11y.Bus.service "$OUT/services/"
cat >"$OUT/bus.conf" <<XML
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$RUNTIME</listen>
  <servicedir>$OUT/services</servicedir>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
XML
dbus-daemon --config-file="$OUT/bus.conf" --nofork --nopidfile --print-address=7 7>"$OUT/bus-address" >"$OUT/bus.log" 2>&1 &
STARTED+=($!)
until_true 20 test -s "$OUT/bus-address" || { echo "no session bus"; cat "$OUT/bus.log"; exit 3; }
DBUS_SESSION_BUS_ADDRESS=$(head -1 "$OUT/bus-address"); export DBUS_SESSION_BUS_ADDRESS

Xvfb -displayfd 8 -screen 0 "${SIZE}x24" -nolisten tcp -noreset -r 8>"$OUT/display" >"$OUT/xvfb.log" 2>&1 & STARTED+=($!)
until_true 20 test -s "$OUT/display" || { echo "no virtual display"; cat "$OUT/xvfb.log"; exit 3; }
DISPLAY=:$(tr -d '\n' <"$OUT/display"); export DISPLAY
openbox >"$OUT/openbox.log" 2>&1 & STARTED+=($!)
# Without a window manager keyboard focus is unreliable.
manager_is_up() { xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; }
until_true 20 manager_is_up || { echo "no window manager"; cat "$OUT/openbox.log"; exit 3; }
# Programs publish their accessibility tree only if this is true before they start.
gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus --method org.freedesktop.DBus.Properties.Set \
  org.a11y.Status IsEnabled '<true>' >/dev/null

"${PROGRAM[@]}" >"$OUT/app.log" 2>&1 & APP_PID=$!; STARTED+=("$APP_PID"); export APP_PID
window_or_death() {
  WIN=$(xdotool search --onlyvisible --pid "$APP_PID" | tail -1)
  [ -n "$WIN" ] || ! kill -0 "$APP_PID"
}
until_true 60 window_or_death || true
[ -n "${WIN:-}" ] || { echo "no window opened"; cat "$OUT/app.log"; exit 3; }
export WIN
xdotool windowactivate --sync "$WIN" 2>/dev/null || true

rc=0
"$@" || rc=$?
[ $rc = 0 ] || { echo "--- what the program printed"; tail -20 "$OUT/app.log"; }
exit $rc
