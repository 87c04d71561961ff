#!/usr/bin/python3
"""See and use a running program through AT-SPI, as a screen reader would.

  atspi.py tree                        role, name, value, states and screen rectangle of every node
  atspi.py rect ROLE NAME              "x y w h" of the one node that matches, for xdotool
  atspi.py place ROLE NAME             where its value lies in its range, 0 to 1
  atspi.py do ROLE NAME                run the node's first action (click)
  atspi.py set ROLE NAME NUMBER        set a slider's value
  atspi.py wait ROLE NAME [SECONDS]    wait until such a node exists
  atspi.py gone ROLE NAME [SECONDS]    wait until no such node exists
  atspi.py focused ROLE NAME [SECONDS] wait until the node has the keyboard
  atspi.py sees TEXT [SECONDS]         wait until a name, value or text holds this
  atspi.py holds TEXT [SECONDS]        the name of the first node whose name holds this
  atspi.py text ROLE NAME              the text of a field
  atspi.py says PREFIX [SECONDS]       the name of the first node whose name begins so, and its value or text

ROLE is the AT-SPI role name ("push button", "slider", "entry", "label", or "*"); NAME matches whole, or as a prefix
where it ends in "*". Needs the system's Python with python3-gi and gir1.2-atspi-2.0.
"""
import sys
import time
import warnings

warnings.simplefilter("ignore")
import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402


def walk(node, depth=0):
    yield node, depth
    for i in range(node.get_child_count()):
        try:
            child = node.get_child_at_index(i)
        except Exception:  # The tree changes under us: what is gone is not there.
            continue
        if child is not None:
            yield from walk(child, depth + 1)


def nodes():
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(i)
        if app is not None:
            try:
                yield from walk(app)
            except Exception:
                continue


def ask(question, otherwise=""):
    """An answer of a node that may have gone meanwhile."""
    try:
        answer = question()
        return otherwise if answer is None else answer
    except Exception:
        return otherwise


def name_of(node):
    return ask(node.get_name)


def value_of(node):
    """Its text where it is a field, its number where it has one."""
    text = ask(lambda: Atspi.Text.get_text(node.get_text_iface(), 0, -1))
    if text:
        return text
    number = ask(lambda: node.get_value_iface().get_current_value(), None)
    return "" if number is None else f"{number:g}"


def rect_of(node):
    extents = node.get_extents(Atspi.CoordType.SCREEN)
    return extents.x, extents.y, extents.width, extents.height


def matches(node, role, name):
    if role not in ("*", ask(node.get_role_name)):
        return False
    found = name_of(node)
    return found.startswith(name[:-1]) if name.endswith("*") else found == name


def find(role, name):
    return [node for node, _ in nodes() if matches(node, role, name)]


def wait_for(seconds, question):
    """The first true answer; the last one given where time runs out."""
    end = time.time() + seconds
    while True:
        answer = question()
        if answer or time.time() > end:
            return answer
        time.sleep(0.2)


def one(role, name, seconds=4):
    found = wait_for(seconds, lambda: (lambda f: f if len(f) == 1 else None)(find(role, name)))
    if not found:
        there = find(role, name)
        sys.exit(f"{len(there)} nodes match {role!r} {name!r}")
    return found[0]


def wake():
    """The program builds its tree only once somebody asks; the first answer is just the application."""
    wait_for(10, lambda: any(depth >= 2 for _, depth in nodes()))


def begins(prefix):
    for node, _ in nodes():
        name = name_of(node)
        if name.startswith(prefix):
            value = value_of(node)
            return f"{name} {value}".rstrip() if value and value not in name else name
    return None


def holds(text):
    return next((name for name in (name_of(node) for node, _ in nodes()) if text in name), None)


def main(arguments):
    if not arguments or arguments[0] in ("help", "--help"):
        sys.exit(__doc__)
    verb, rest = arguments[0], arguments[1:]
    seconds = lambda at, default: float(rest[at]) if len(rest) > at else default  # noqa: E731
    wake()
    if verb == "tree":
        for node, depth in nodes():
            states = " ".join(sorted(s.value_nick for s in node.get_state_set().get_states())) if depth else ""
            print("  " * depth + f"[{ask(node.get_role_name)}] {name_of(node)!r} {value_of(node)!r}"
                  f" {ask(lambda n=node: rect_of(n), None)} {states}")
    elif verb == "rect":
        print(*rect_of(one(*rest)))
    elif verb == "place":
        value = one(*rest).get_value_iface()
        low, high = value.get_minimum_value(), value.get_maximum_value()
        print((value.get_current_value() - low) / (high - low) if high > low else 0)
    elif verb == "do":
        one(*rest).get_action_iface().do_action(0)
    elif verb == "set":
        one(*rest[:2]).get_value_iface().set_current_value(float(rest[2]))
    elif verb == "wait":
        if not wait_for(seconds(2, 10), lambda: find(*rest[:2])):
            sys.exit(f"no {rest[0]!r} {rest[1]!r} in time")
    elif verb == "focused":
        has_it = lambda node: ask(lambda: node.get_state_set().contains(Atspi.StateType.FOCUSED), False)  # noqa: E731
        if not wait_for(seconds(2, 10), lambda: any(has_it(node) for node in find(*rest[:2]))):
            sys.exit(f"{rest[0]!r} {rest[1]!r} has not got the keyboard")
    elif verb == "gone":
        if not wait_for(seconds(2, 10), lambda: not find(*rest[:2])):
            sys.exit(f"{rest[0]!r} {rest[1]!r} is still there")
    elif verb == "sees":
        text = rest[0]
        if not wait_for(seconds(1, 5), lambda: any(text in name_of(n) or text in value_of(n) for n, _ in nodes())):
            sys.exit(f"{text!r} is not on the screen")
    elif verb == "text":
        print(value_of(one(*rest)))
    elif verb == "holds":
        answer = wait_for(seconds(1, 5), lambda: holds(rest[0]))
        if not answer:
            sys.exit(f"nothing holds {rest[0]!r}")
        print(answer)
    elif verb == "says":
        answer = wait_for(seconds(1, 5), lambda: begins(rest[0]))
        if not answer:
            sys.exit(f"nothing begins with {rest[0]!r}")
        print(answer)
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
