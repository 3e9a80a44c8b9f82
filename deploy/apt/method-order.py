#!/usr/bin/python3
"""method-order.py SYMBOLS SECONDS PID, or method-order.py SYMBOLS SECONDS PROGRAM [ARGUMENT...]: the functions that a process calls, each once, in the order of the first calls.

SYMBOLS is the program's file of debug symbols. A running process is looked at for so many seconds and goes on; a program is started, and looked at until it ends or
the seconds are over: then it goes on by itself. At the entry of each function stands a breakpoint (int3), which is taken away when it is reached, so that all goes on
at nearly its usual pace. amd64 only; needs the right to trace the process (ptrace(2)).
"""
import ctypes
import os
import re
import signal
import struct
import subprocess
import sys
import time

CONT, GETREGS, SETREGS, DETACH, SEIZE, INTERRUPT = 7, 12, 13, 17, 0x4206, 0x4207
TRACE_CLONE, EVENT_STOP, WALL = 8, 128, 0x40000000
REGISTERS, RIP = 27 * 8, 16 * 8  # struct user_regs_struct

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread, data=0):
    if libc.ptrace(request, thread, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request} of {thread}")


def functions(symbols, pid):
    """The name of each function of managed code by its address in this process."""
    with open(f"/proc/{pid}/maps") as lines:
        base = min(int(line.split("-")[0], 16) for line in lines if line.rstrip().endswith("/flipagent"))
    sections = subprocess.run(["readelf", "-S", "-W", symbols], capture_output=True, text=True, check=True).stdout
    at, size = (int(field, 16) for field in re.search(r" __managedcode +\S+ +([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+)", sections).groups())
    named = {}
    for line in subprocess.run(["nm", "-n", symbols], capture_output=True, text=True, check=True).stdout.splitlines():
        field = line.split(None, 2)
        if len(field) == 3 and field[1] in "tT" and at <= int(field[0], 16) < at + size:
            named.setdefault(base + int(field[0], 16), field[2])
    return named


class Tracer:
    def __init__(self, pid, named):
        self.pid = pid
        self.named = named
        self.memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        self.entry = {address: os.pread(self.memory, 1, address) for address in named}
        self.waiting = set(named)
        self.registers = ctypes.create_string_buffer(REGISTERS)
        self.called = []
        for address in named:
            os.pwrite(self.memory, b"\xcc", address)

    def run(self, seconds):
        signal.signal(signal.SIGALRM, self.end)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        self.ending = False
        while True:
            try:
                thread, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return self.called
            if os.WIFSTOPPED(status):
                self.stopped(thread, os.WSTOPSIG(status), status >> 16)
            if self.ending and not self.threads():
                return self.called

    def threads(self):
        """Those that are traced still."""
        traced = []
        for thread in os.listdir(f"/proc/{self.pid}/task") if os.path.isdir(f"/proc/{self.pid}/task") else []:
            try:
                with open(f"/proc/{self.pid}/task/{thread}/status") as lines:
                    if f"TracerPid:\t{os.getpid()}\n" in lines:
                        traced.append(int(thread))
            except OSError:
                pass
        return traced

    def end(self, *_):
        """The time is over: every thread stops once more and is let go."""
        for address in self.waiting:
            os.pwrite(self.memory, self.entry[address], address)
        self.ending = True
        for thread in self.threads():
            try:
                ptrace(INTERRUPT, thread)
            except OSError:
                pass

    def stopped(self, thread, stop, event):
        try:
            if stop == signal.SIGTRAP and event == 0 and self.at_entry(thread):
                stop = 0
            # Of a new thread (its parent stops with the event of clone, itself with EVENT_STOP), and by INTERRUPT.
            elif event != 0:
                stop = 0
            ptrace(DETACH if self.ending and event == EVENT_STOP else CONT, thread, stop)
        except ProcessLookupError:
            pass

    def at_entry(self, thread):
        ptrace(GETREGS, thread, ctypes.addressof(self.registers))
        address = struct.unpack_from("<Q", self.registers, RIP)[0] - 1
        if address not in self.entry:
            return False
        # Another thread may have reached it at the same moment.
        if address in self.waiting:
            self.waiting.remove(address)
            os.pwrite(self.memory, self.entry[address], address)
            self.called.append(self.named[address])
        struct.pack_into("<Q", self.registers, RIP, address)
        ptrace(SETREGS, thread, ctypes.addressof(self.registers))
        return True


def started(program):
    """Stopped before its first instruction."""
    pid = os.fork()
    if pid == 0:
        # What reads the list must not wait for the program.
        os.dup2(2, 1)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(program[0], program)
    os.waitpid(pid, os.WUNTRACED)
    ptrace(SEIZE, pid, TRACE_CLONE | 0x10)  # PTRACE_O_TRACEEXEC
    os.kill(pid, signal.SIGCONT)
    while True:
        _, status = os.waitpid(pid, WALL)
        if status >> 8 == signal.SIGTRAP | 4 << 8:  # PTRACE_EVENT_EXEC
            return pid
        ptrace(CONT, pid)


def attached(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        ptrace(SEIZE, int(thread), TRACE_CLONE)
    return pid


def main(symbols, seconds, what, *arguments):
    is_running = what.isdigit()
    pid = attached(int(what)) if is_running else started([what, *arguments])
    tracer = Tracer(pid, functions(symbols, pid))
    if not is_running:
        ptrace(CONT, pid)
    called = tracer.run(float(seconds))
    print("\n".join(called))


main(*sys.argv[1:])
