"""What holds for every test."""

from __future__ import annotations

import signal

# A shell ignores SIGINT for what it runs in the background, and every child would inherit that: the
# engine could no longer interrupt its plugins, nor a test a command.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
