"""Commands that end with this process, and the processor time that they took."""

import resource
import signal
import subprocess
import sys


def end_in_order_when_asked():
    """SIGTERM ends this process as Ctrl-C does, by an exception: what it has begun is ended, and what that took is kept."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def run(*command):
    """The status of a command. If this process is asked to end, so is the command, and it is waited for: only then is its
    processor time known. A second request ends it at once."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait()
        finally:
            process.kill()
            process.wait()
        raise


def processor_seconds():
    """Of all commands that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
