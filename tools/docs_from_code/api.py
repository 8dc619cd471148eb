"""docs/api.md: the reference of `market_making` and of the local Backpack, from signatures and docstrings."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

HEAD = """\
# Reference: decisions and local Backpack

Made from the code by `make docs`. The decisions of `hummingbot_backpack.market_making` take plain values and return plain values;
they neither import Hummingbot, nor read a clock, nor do I/O. The local Backpack is explained in [simulator.md](simulator.md).

"""
MARKET_MAKING = "hummingbot_backpack/market_making"
SIMULATOR: dict[str, tuple[str, ...]] = {
    "hummingbot_backpack/simulator/server.py": ("LocalBackpack",),
    "hummingbot_backpack/simulator/config.py": ("SimulatorConfig",),
    "hummingbot_backpack/simulator/exchange.py": ("Exchange",),
    "hummingbot_backpack/simulator/faults.py": ("Faults",),
}
CONTROL = "hummingbot_backpack/simulator/control.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def page(root: Path) -> str:
    """:return: the page's text"""
    parts = [HEAD, "# Decisions\n\n"]
    for file in sorted((root / MARKET_MAKING).rglob("*.py")):
        parts.extend(_module(file, root, None))
    parts.append("# The local Backpack\n\n")
    for name, classes in SIMULATOR.items():
        parts.extend(_module(root / name, root, classes))
    parts.extend(_control(root / CONTROL))
    return "".join(parts).rstrip() + "\n"


def _module(file: Path, root: Path, only: tuple[str, ...] | None) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    yield f"## `{name}`\n\n{_text(tree)}"
    for node in tree.body:
        if only is not None and not (isinstance(node, ast.ClassDef) and node.name in only):
            continue
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _class(node)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield f"### `{_signature(node)}`\n\n{_text(node)}"


def _class(node: ast.ClassDef) -> Iterator[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    yield f"### class `{node.name}{f'({bases})' if bases else ''}`\n\n{_text(node)}"
    fields = list(_fields(node))
    if fields:
        yield "\n".join(fields) + "\n\n"
    for inner in node.body:
        if isinstance(inner, Function) and (not inner.name.startswith("_") or inner.name == "__init__"):
            kind = {ast.unparse(mark) for mark in inner.decorator_list}
            shown = f"{inner.name}: {_result(inner)}" if "property" in kind else _signature(inner)
            body = _text(inner).strip()
            first = f"- `{shown}`" + (f": {' '.join(body.split())}" if body else "")
            yield first + "\n"
    yield "\n"


def _fields(node: ast.ClassDef) -> Iterator[str]:
    for at, inner in enumerate(node.body):
        after = node.body[at + 1] if at + 1 < len(node.body) else None
        said = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            said = ": " + " ".join(after.value.value.split())
        if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
            if not inner.target.id.startswith("_"):
                default = "" if inner.value is None else f" = {ast.unparse(inner.value)}"
                yield f"- `{inner.target.id}: {ast.unparse(inner.annotation)}{default}`{said}"
        elif isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
            yield f"- `{inner.targets[0].id} = {ast.unparse(inner.value)}`{said}"


def _signature(node: Function) -> str:
    arguments = ast.unparse(node.args).removeprefix("self, ").removeprefix("cls, ")
    arguments = "" if arguments in ("self", "cls") else arguments
    word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{word}{node.name}({arguments}) -> {_result(node)}"


def _result(node: Function) -> str:
    return ast.unparse(node.returns).strip("'\"") if node.returns is not None else "None"


def _text(node: ast.AST) -> str:
    """:return: the docstring as Markdown, its `:param` lines as a list; empty where there is none"""
    said = ast.get_docstring(node)
    if not said:
        return ""
    lines: list[str] = []
    for line in inspect.cleandoc(said).splitlines():
        if line.startswith(":"):
            if lines and lines[-1] and not lines[-1].startswith("- "):
                lines.append("")
            field, _, rest = line[1:].partition(":")
            lines.append(f"- *{field}*:{rest}")
        elif lines and lines[-1].startswith("- ") and line.strip():
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.replace("``", "`"))
    return "\n".join(lines).strip() + "\n\n"


def _control(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    handlers = {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, Function)}
    yield "## Control endpoints\n\nWhat they take and answer is in [simulator.md](simulator.md#control-endpoints).\n\n"
    yield "| call | answered by | what |\n|---|---|---|\n"
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "ROUTES":
            assert isinstance(node.value, ast.Dict)
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                assert isinstance(key, ast.Tuple) and isinstance(value, ast.Call)
                method, path = (ast.literal_eval(part) for part in key.elts)
                handler = ast.unparse(value.args[0])
                yield f"| `{method} {path}` | `{handler}` | {' '.join(handlers[handler].split())} |\n"
