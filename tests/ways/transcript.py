#!/usr/bin/env python3
"""transcript.py [--rewrite] DOCUMENT NAME=PID...: types the commands of a document on booted machines and compares what comes with what the document shows.

The ```console blocks have prompts (root@NAME:DIRECTORY# command) and below each its output. A line "..." stands for any lines; times, dates, process ids and the
width of columns may differ. A command that only looks is asked again for a minute, as a person would. PID is that of the machine's first process. --rewrite puts in what came, except where there is "...".
"""
import re
import subprocess
import sys
import time

PROMPT = re.compile(r"^root@([a-z0-9-]+):(\S+)# (.*)$")
LOOKS = re.compile(r"^(flipagentctl (status|doctor|explain|events|history)|curl|systemctl is-active)\b")
VARIES = [
    (r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?Z?", "TIME"),
    (r"\b\d{2}:\d{2}:\d{2}(\.\d+)?\b", "TIME"),
    (r"[+-]?\b\d+(\.\d+)? (ms|s|min|h|d)\b", "SPAN"),
    (r"\b(pid|action) \d+", "NUMBER"),
    # As systemd was when it was asked.
    (r"check haproxy is down: (deactivating\.\.\.|inactive \(dead\))", "check haproxy is down: STATE"),
    (r"\bTIME( UTC)?", "TIME"),
    (r"-{3,}|─+", "---"),
    (r"[ \t]+", " "),
]


def inside(machines, name, directory, command):
    run = subprocess.run(
        ["nsenter", "-t", machines[name], "-m", "-u", "-i", "-n", "-p", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
         "DEBIAN_FRONTEND=noninteractive", "sh", "-c", f"cd {directory} && {command}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    return run.stdout.decode(errors="replace").splitlines()


def plain(line):
    for pattern, text in VARIES:
        line = re.sub(pattern, text, line)
    return line.strip()


def agrees(shown, came):
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else re.escape(plain(line)) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(plain(line) + "\n" for line in came)) is not None


def play(lines, machines, rewrite):
    """The lines of the document as they should be; the steps that did not agree."""
    out, wrong, at, block = [], [], 0, False
    while at < len(lines):
        line = lines[at]
        out.append(line)
        at += 1
        if line.startswith("```"):
            block = line == "```console"
        prompt = PROMPT.match(line) if block else None
        if not prompt:
            continue
        shown = []
        while at < len(lines) and not PROMPT.match(lines[at]) and lines[at] != "```":
            shown.append(lines[at])
            at += 1
        name, directory, command = prompt.groups()
        began = time.monotonic()
        looks = LOOKS.match(command)
        if rewrite and looks:
            time.sleep(8)
        came = inside(machines, name, directory, command)
        while looks and not rewrite and not agrees(shown, came) and time.monotonic() - began < 60:
            time.sleep(0.5)
            came = inside(machines, name, directory, command)
        if not rewrite and not agrees(shown, came):
            wrong.append("\n".join([line, "shown:", *("    " + one for one in shown), "came:", *("    " + one for one in came[-60:])]))
        out += shown if not rewrite or any(one.strip() == "..." for one in shown) else [one.rstrip() for one in came]
    return out, wrong


def main():
    words = [word for word in sys.argv[1:] if word != "--rewrite"]
    rewrite = len(words) < len(sys.argv) - 1
    machines = dict(word.split("=", 1) for word in words[1:])
    with open(words[0], encoding="utf-8") as file:
        lines = file.read().splitlines()
    began = time.monotonic()
    out, wrong = play(lines, machines, rewrite)
    took = time.monotonic() - began
    commands = sum(1 for line in lines if PROMPT.match(line))
    if rewrite:
        with open(words[0], "w", encoding="utf-8") as file:
            file.write("\n".join(out) + "\n")
    for step in wrong:
        print(step)
    print(f"{commands} commands in {took:.0f} s, {len(wrong)} not as shown")
    sys.exit(1 if wrong or commands < 10 or took > 600 else 0)


main()
