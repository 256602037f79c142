"""`python -m eci_emulator` runs the local API."""

from eci_emulator.command import emulator

if __name__ == "__main__":
    emulator(prog_name="eci-emulator")
