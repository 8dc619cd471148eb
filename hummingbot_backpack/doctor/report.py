"""What a check found."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``fail`` is what stops a bot or harms it; ``warn`` is worth knowing."""

    check: str
    status: Status
    detail: str
    data: dict[str, Any] = field(default_factory=dict)
    """More for ``--json``."""


def ok(check: str, detail: str, **data: Any) -> Finding:
    return Finding(check, Status.OK, detail, data)


def warn(check: str, detail: str, **data: Any) -> Finding:
    return Finding(check, Status.WARN, detail, data)


def fail(check: str, detail: str, **data: Any) -> Finding:
    return Finding(check, Status.FAIL, detail, data)


def skip(check: str, detail: str) -> Finding:
    return Finding(check, Status.SKIP, detail)


def healthy(findings: list[Finding]) -> bool:
    return all(finding.status is not Status.FAIL for finding in findings)


def as_record(findings: list[Finding]) -> dict[str, Any]:
    """:return: what ``--json`` prints: ``{"healthy": bool, "checks": [{"check", "status", "detail", "data"}, …]}``."""
    return {"healthy": healthy(findings), "checks": [asdict(finding) for finding in findings]}
