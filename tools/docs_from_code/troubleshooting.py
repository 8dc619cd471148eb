"""docs/troubleshooting.md: each sentence that we can print, from the code; cause and remedy, by hand."""

from collections.abc import Iterator
from pathlib import Path

from tools.docs_from_code.causes import CAUSES
from tools.docs_from_code.sentences import Sentence, sentences

HEAD = """\
# Troubleshooting

Each sentence that we can print, with what is behind it and what to do. `…` stands for what is filled in: a name, a value, a reason that follows.
Search the page for the words around it. Made from the code by `make docs`; a sentence of which nothing is said here fails the tests.

Three rules cover most of them. A sentence on standard error with **exit code 2** means that nothing was done. `SETTING (VALUE) must …` names the
setting to correct. What the log says **in passing** (a book fetched again, a stream opened again) is put right by itself, unless it stays.

What to send with a report: the sentence, `hummingbot-backpack doctor --json`, and the lines of the log around it (`log_detail: masked` keeps prices,
sizes and ids out of logs; keys are never in them).

"""
SECTIONS: dict[str, tuple[str, ...]] = {
    "Workspace, `init`, `hbot`, `client`": ("workspace",),
    "`keys`": ("keys",),
    "`setup`, `convert`, `run`, `watch`": ("interview", "convert", "live", "language"),
    "`doctor`": ("doctor",),
    "Settings and preflight": ("market_making",),
    "A running bot": ("trading",),
    "`pause`, `resume`, `flatten`, `panic`": ("operate", "panic"),
    "`report` and records": ("report", "records"),
    "`backup`, `restore`, `forget`, `logs`": ("backup", "logs"),
    "Metrics and alerts": ("metrics", "alerts"),
    "`simulator`, `record`, `demo`": ("simulator", "demo"),
    "Connectors": ("connectors",),
}
KINDS = {
    "refusal": "said, and nothing is done",
    "log": "in the log",
    "doctor": "by `doctor`",
    "refused": "the preflight refuses; no order goes out",
    "warned": "the preflight warns",
    "breaker": "a breaker holds, quotes are withdrawn, exits stay armed",
    "alert": "an alert says",
}


def page(root: Path) -> str:
    """:return: the page's text
    :raises LookupError: a sentence of which nothing is said, or a package without a section
    """
    found = sentences(root)
    missing = {one.where for one in found} - {where for places in SECTIONS.values() for where in places}
    if missing:
        raise LookupError(f"packages without a section: {', '.join(sorted(missing))}")
    return HEAD + "".join(part for title, places in SECTIONS.items() for part in _section(title, places, found))


def cause_of(sentence: Sentence) -> tuple[str, str]:
    """:return: what is behind a sentence, and what to do"""
    for piece, cause, remedy in CAUSES:
        if piece in sentence.text:
            return cause, remedy
    raise LookupError(f"nothing is said of: {sentence.text} ({sentence.where})")


def _section(title: str, places: tuple[str, ...], found: list[Sentence]) -> Iterator[str]:
    yield f"## {title}\n\n"
    for kind, said in KINDS.items():
        rows = sorted({(one.text, *cause_of(one)) for one in found if one.kind == kind and one.where in places})
        if not rows:
            continue
        yield f"*{said[0].upper()}{said[1:]}:*\n\n| sentence | cause | what to do |\n|---|---|---|\n"
        yield "".join(f"| {_cell(text)} | {cause} | {remedy} |\n" for text, cause, remedy in rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
