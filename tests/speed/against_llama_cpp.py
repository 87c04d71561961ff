#!/usr/bin/env python3
"""Hold `sizewright bench` against llama-bench on the same files, threads and machine, in turns, and print the ratios.

    tests/speed/against_llama_cpp.py --llama-bench llama.cpp/build/bin/llama-bench [--models FILE.gguf ...]

Models to compare beside the embedded one are made by `random_model.py` in this folder; any others do as well. Build the
program first (`cargo build --release`), and llama.cpp for this machine (`cmake -B build
-DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON`, target llama-bench). With --llama-bench-avx2, a second llama-bench built
with -DGGML_NATIVE=OFF and AVX2, FMA and F16C on, the AVX2 kernels are held against that one.

Method. Each round runs both programs one after the other, in an order that turns from round to round, so that a drift of
the machine and busy neighbours hit both alike; the ratio is taken within the round, and the median of the rounds is the
result, with its range. Both warm up first. Speeds are tokens a second; pp reads a prompt, tg generates, @ is the depth:
tokens in the cache before. Start to first token is the whole process: start, load, a prompt, one token.
Where the range is wide, something else was running: repeat it. --prefix puts a command before both, such as
`chrt -f 1` on a machine shared with others.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EMBEDDED = os.path.join(ROOT, "assets/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf")
PROMPT = (
    "Rivers shape the land over thousands of years. They carry stones and sand from the mountains to the sea, and on the"
    " way they cut valleys, build islands and feed the fields beside them. People have always settled near rivers,"
    " because water turns wheels, carries boats and lets gardens grow in dry summers. Explain in a few words why large"
    " cities are so often found where two rivers meet, and what that means for trade, for defence and for the price of"
    " land in the middle of the town today, compared with a hundred years ago."
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama-bench", required=True)
    parser.add_argument("--llama-bench-avx2")
    parser.add_argument("--sizewright", default=os.path.join(ROOT, "target/release/sizewright"))
    parser.add_argument("--models", nargs="*", default=[], help="GGUF files; the embedded model is always the first")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt-tokens", type=int, default=128)
    parser.add_argument("--generate-tokens", type=int, default=64)
    parser.add_argument("--depth", type=int, default=4096, help="0 leaves the depth out")
    parser.add_argument("--prefix", default="", help="a command put before both programs")
    parser.add_argument("--only", default="speed,avx2,depth,start,bandwidth", help="parts to measure")
    return parser.parse_args()


class Machine:
    """Runs the two programs."""

    def __init__(self, options):
        self.options = options
        self.prefix = options.prefix.split()

    def run(self, command, environment=None):
        """Output, seconds and peak memory in bytes of a command, which must succeed."""
        started = time.monotonic()
        child = subprocess.Popen(self.prefix + command, env={**os.environ, **(environment or {})},
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            sys.exit(f"failed: {' '.join(command)}")
        return out, time.monotonic() - started, usage.ru_maxrss * 1024

    def ours(self, model, prompt, generated, depth=0, kernels="", extra=()):
        command = [self.options.sizewright, "bench", "--model", model, "--threads", str(self.options.threads),
                   "--prompt-tokens", str(prompt), "--generate-tokens", str(generated), "--depth", str(depth),
                   "--repetitions", "2", "--jsonl", *extra]
        return self.speeds(self.run(command, {"SIZEWRIGHT_KERNELS": kernels})[0])

    def theirs(self, program, model, prompt, generated, depth=0):
        command = [program, "-m", model, "-t", str(self.options.threads), "-p", str(prompt), "-n", str(generated),
                   "-d", str(depth), "-r", "2", "-fa", "1" if depth else "auto", "-o", "jsonl"]
        return self.speeds(self.run(command)[0])

    @staticmethod
    def speeds(lines):
        """Best speed of each kind of work, and the row."""
        rows = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
        return {("pp" if row["n_prompt"] else "tg"): {**row, "speed": max(row["samples_ts"])} for row in rows}

    def in_turns(self, ours, theirs):
        """Pairs of results, one for each round."""
        pairs = []
        for turn in range(self.options.rounds):
            if turn % 2 == 0:
                mine = ours()
                pairs.append((mine, theirs()))
            else:
                other = theirs()
                pairs.append((ours(), other))
        return pairs


def median_and_range(values, unit=""):
    return f"{statistics.median(values):.2f}{unit} [{min(values):.2f} to {max(values):.2f}]"


def compare(machine, title, ours, theirs):
    pairs = machine.in_turns(ours, theirs)
    for kind in ("pp", "tg"):
        if kind not in pairs[0][0]:
            continue
        mine, other = ([side[kind]["speed"] for side in sides] for sides in zip(*pairs))
        ratios = [a / b for a, b in zip(mine, other)]
        print(f"{title:34} {kind}  ratio {median_and_range(ratios)}  "
              f"ours {statistics.median(mine):.1f}, llama.cpp {statistics.median(other):.1f} tokens/s", flush=True)
    return pairs


def speed(machine, options):
    for model in [EMBEDDED, *options.models]:
        name = os.path.basename(model).removesuffix(".gguf")
        compare(machine, name, lambda: machine.ours(model, options.prompt_tokens, options.generate_tokens),
                lambda: machine.theirs(options.llama_bench, model, options.prompt_tokens, options.generate_tokens))


def avx2(machine, options):
    if not options.llama_bench_avx2:
        return
    for model in [EMBEDDED, *options.models]:
        name = os.path.basename(model).removesuffix(".gguf") + " AVX2"
        compare(machine, name, lambda: machine.ours(model, options.prompt_tokens, options.generate_tokens, kernels="AVX2"),
                lambda: machine.theirs(options.llama_bench_avx2, model, options.prompt_tokens, options.generate_tokens))


def depth(machine, options):
    if options.depth == 0:
        return
    for model in [EMBEDDED, *options.models]:
        depth_of(machine, options, model)


def depth_of(machine, options, model):
    prompt, generated = options.prompt_tokens, min(options.generate_tokens, 32)
    name = os.path.basename(model).removesuffix(".gguf")

    def both_depths(run):
        flat, deep = run(0), run(options.depth)
        return {kind: {"speed": deep[kind]["speed"] / flat[kind]["speed"]} for kind in flat}

    pairs = machine.in_turns(
        lambda: both_depths(lambda at: machine.ours(model, prompt, generated, at)),
        lambda: both_depths(lambda at: machine.theirs(options.llama_bench, model, prompt, generated, at)))
    for kind in ("pp", "tg"):
        mine, other = ([1 - side[kind]["speed"] for side in sides] for sides in zip(*pairs))
        print(f"{name:34} {kind}@{options.depth} loss against depth 0: ours {median_and_range(mine)}, "
              f"llama.cpp with flash attention {median_and_range(other)}", flush=True)


def start(machine, options):
    threads = ["--threads", str(options.threads)]
    ours = [options.sizewright, "generate", "--prompt", PROMPT, "--max-tokens", "1", "--temperature", "0", *threads]
    # One test of llama-bench that reads as many tokens as our prompt has, with its template, and generates one.
    said = subprocess.run(ours, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
    tokens = re.search(r"^prompt +(\d+) tokens", said, re.MULTILINE).group(1)
    theirs = [options.llama_bench, "-m", EMBEDDED, "-t", str(options.threads), "-p", "0", "-n", "0", "-pg", f"{tokens},1",
              "-r", "1", "--no-warmup", "-o", "jsonl"]
    pairs = machine.in_turns(lambda: machine.run(ours), lambda: machine.run(theirs))
    ratios = [mine[1] / other[1] for mine, other in pairs]
    seconds = [statistics.median(side[1] for side in sides) for sides in zip(*pairs)]
    print(f"embedded, start to first token, prompt of {tokens} tokens: ratio {median_and_range(ratios)}  ours {seconds[0]:.2f}, "
          f"llama.cpp {seconds[1]:.2f} s")
    # Keys and values of 2,048 tokens: 2 x 30 layers x 3 heads x 64 x 2 bytes each.
    file_and_cache = os.path.getsize(EMBEDDED) + 2048 * 23040
    peaks = [max(side[2] for side in sides) for sides in zip(*pairs)]
    print(f"embedded, peak memory: ours {peaks[0] / 2**20:.0f} MiB, that is {peaks[0] / file_and_cache - 1:+.0%} over file "
          f"and cache of 2,048 tokens; llama.cpp {peaks[1] / 2**20:.0f} MiB")
    for model in options.models:
        command = [options.sizewright, "bench", "--model", model, "--prompt-tokens", "128", "--generate-tokens", "1",
                   "--depth", str(2048 - 128), "--repetitions", "1", "--jsonl", *threads]
        out, _, peak = machine.run(command)
        cache = json.loads(out.splitlines()[0])["cache_bytes"]
        file_and_cache = os.path.getsize(model) + cache
        print(f"{os.path.basename(model):34} peak memory {peak / 2**20:.0f} MiB, {peak / file_and_cache - 1:+.0%} over file "
              f"and cache of 2,048 tokens ({cache / 2**20:.0f} MiB)", flush=True)


def bandwidth(machine, options):
    for model in [EMBEDDED, *options.models]:
        shares, speeds = [], []
        for _ in range(options.rounds):
            row = machine.ours(model, 0, options.generate_tokens, extra=["--bandwidth"])["tg"]
            shares.append(row["bytes_per_token"] * row["speed"] / row["read_bandwidth"])
            speeds.append(row["read_bandwidth"] / 1e9)
        print(f"{os.path.basename(model):34} tg share of read bandwidth {median_and_range(shares)}, read at "
              f"{median_and_range(speeds)} GB/s", flush=True)


def main():
    options = arguments()
    machine = Machine(options)
    print(f"{options.rounds} rounds in turns, {options.threads} threads, pp{options.prompt_tokens} "
          f"tg{options.generate_tokens}; median [range]; load before: {os.getloadavg()[0]:.1f}", flush=True)
    for part in (speed, avx2, depth, start, bandwidth):
        if part.__name__ in options.only.split(","):
            part(machine, options)


if __name__ == "__main__":
    main()
