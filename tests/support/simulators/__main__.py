"""A simulator by hand: ``python -m tests.support.simulators shopify`` runs one until it is stopped, to point Vigie at.

Each module of a vendor has ``example(port)``, which gives its simulator with a small shop or site behind it.
"""

import argparse
import importlib
import shlex
import sys
import threading
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = {"__main__", "vendor", "web_server", "shop", "site"}


def main() -> None:
    vendors = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in SHARED)
    parser = argparse.ArgumentParser(prog="python -m tests.support.simulators", description="Run a simulated vendor.")
    parser.add_argument("vendor", choices=vendors)
    parser.add_argument("--port", type=int, default=8765)
    asked = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))  # where the tests import them from
    with importlib.import_module(f"simulators.{asked.vendor}").example(asked.port) as simulator:
        print("In sources.yaml:\n")
        print(simulator.entry.strip().format(url=f"http://{simulator.host}"))
        print("\nIn the shell:\n")
        for name, value in simulator.secrets.items():
            print(f"export {name}={shlex.quote(value)}")
        print("\nRunning until Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
