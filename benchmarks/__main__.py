"""``python -m benchmarks`` runs all benchmarks, ``python -m benchmarks NAME [options]`` one, ``--list`` names them."""

import importlib
import pkgutil
import sys

import benchmarks


def names() -> dict[str, str]:
    """Name of each benchmark with the first line of its description."""
    found = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"benchmarks.{module.name}")
            if hasattr(loaded, "main"):
                found[module.name] = (loaded.__doc__ or "").splitlines()[0]
    return found


def main() -> int:
    known = names()
    wanted = sys.argv[1:]
    if wanted == ["--list"]:
        for name, what in known.items():
            print(f"{name:<24}{what}")
        return 0
    if wanted and wanted[0] not in known:
        print(f"benchmark ({wanted[0]}) must be one of {', '.join(known)}", file=sys.stderr)
        return 2
    for name in wanted[:1] or known:
        print(f"== {name}: {known[name]}", flush=True)
        sys.argv = [f"python -m benchmarks {name}", *wanted[1:]]
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
