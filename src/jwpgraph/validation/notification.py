"""Telling people and programs what a run found: signed webhooks and e-mail, from a queue that survives the process.

What is to be told is queued in the transaction that remembers the run (:mod:`jwpgraph.validation.history`) and leaves
the queue when it has arrived, so that nothing is lost; what cannot be delivered after several attempts is kept as dead.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import random
import smtplib
import sqlite3
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import httpx
import orjson

from jwpgraph import __version__
from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import Notifier, RunChanges, ValidationHistory, current_time, format_time
from jwpgraph.validation.job_file import JobFile, NotificationTarget
from jwpgraph.validation.result_queries import RunRecord, TrackedResult, get_results, get_run

_log = logging.getLogger(__name__)
SIGNATURE = "X-Jwpgraph-Signature"
_SECONDS = 15.0
#: A process that has taken a delivery and died gives it back after this.
_LEASE_SECONDS = 3 * _SECONDS
_SHOWN = 20
#: Waiting doubles with each attempt up to this.
_LONGEST_WAIT = 6 * 3600.0

#: The oldest delivery of each target that is due.
_DUE = "id IN (SELECT min(id) FROM delivery WHERE state = 'pending' AND due <= ? GROUP BY target)"

DeliveryState = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class NotificationDelivery:
    """Something to tell somebody."""

    id: int
    run: int
    target: str
    state: DeliveryState
    attempts: int
    created: str
    due: str
    error: str | None
    payload: dict[str, Any]

    @property
    def created_at(self) -> datetime:
        """When it was queued."""
        return datetime.fromisoformat(self.created)


def sign_payload(body: bytes, secret: str) -> str:
    """The value of ``X-Jwpgraph-Signature``: HMAC-SHA-256 of the body, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def make_notifier(jobs: JobFile) -> Callable[[str], Notifier]:
    """For each job, who is told of its runs; what is said is put together while the run is being remembered."""

    def of_job(job: str) -> Notifier:
        def tell(db: sqlite3.Connection, run: int, changes: RunChanges) -> list[tuple[str, dict[str, Any]]]:
            targets = jobs.recipients(job)
            found = get_run(db, run) if targets else None
            if found is None:
                return []
            interested = [name for name, target in targets.items() if _is_wanted(target, found, changes)]
            return [(name, make_payload(db, found, changes)) for name in interested]

        return tell

    return of_job


def _is_wanted(target: NotificationTarget, run: RunRecord, changes: RunChanges) -> bool:
    unfinished = run.outcome in {"failed", "interrupted"}
    wanted = {"always": True, "failure": run.conforms is False, "change": bool(changes)}
    return unfinished or wanted[target.on]


def make_payload(db: sqlite3.Connection, run: RunRecord, changes: RunChanges) -> dict[str, Any]:
    """What is told of a run: its numbers, and the first results that came and went."""
    groups = {"new": changes.new, "regressed": changes.regressed, "fixed": changes.fixed}
    return {
        "event": f"validation.{run.outcome}",
        "run": run.id,
        "job": run.job,
        "subject": run.subject,
        "release": run.release,
        "outcome": run.outcome,
        "conforms": run.conforms,
        "problem": run.problem,
        "started": run.started,
        "finished": run.finished,
        "violations": run.violations,
        "warnings": run.warnings,
        "infos": run.infos,
        "counts": {name: len(fingerprints) for name, fingerprints in groups.items()},
        **{
            name: [_summarise_result(one) for one in get_results(db, run.job, fingerprints[:_SHOWN])]
            for name, fingerprints in groups.items()
        },
    }


def _summarise_result(one: TrackedResult) -> dict[str, Any]:
    return {
        "fingerprint": one.fingerprint,
        "severity": one.severity,
        "shape": one.shape,
        "focus": one.focus,
        "path": one.path,
        "value": one.value,
        "message": one.text(),
        "first_seen": one.first_seen,
        "fixed": one.fixed,
    }


def deliver_due(history: ValidationHistory, jobs: JobFile) -> int:
    """Make the attempts that are due, the oldest of each target, all at once; how many there were.

    One of each, so that who does not answer keeps nobody else waiting. Another process may do the same at the same
    time: what one of them has taken is not due for the other for a while.
    """
    moment = format_time(current_time())
    with history.reading() as db:
        if not _read_deliveries(db, _DUE, (moment,)):
            return 0
    with history.writing() as db:
        due = _read_deliveries(db, _DUE, (moment,))
        lease = format_time(current_time() + timedelta(seconds=_LEASE_SECONDS))
        db.executemany("UPDATE delivery SET due = ? WHERE id = ?", [(lease, delivery.id) for delivery in due])
    with ThreadPoolExecutor(max(1, len(due)), "delivery") as threads:
        list(threads.map(lambda one: _attempt_delivery(history, jobs.tell.get(one.target), one), due))
    return len(due)


def deliver_all_due(history: ValidationHistory, jobs: JobFile) -> None:
    """Make attempts until none is due."""
    while deliver_due(history, jobs):
        pass


def list_deliveries(
    history: ValidationHistory, state: DeliveryState | None = None, *, number: int | None = None, limit: int = 100
) -> list[NotificationDelivery]:
    """The latest deliveries, in any state or in one; or the one with this number."""
    where = "(?1 IS NULL OR state = ?1) AND (?2 IS NULL OR id = ?2)"
    with history.reading() as db:
        return _read_deliveries(db, where, (state, number), f"DESC LIMIT {int(limit)}")


def redeliver(history: ValidationHistory, number: int) -> None:
    """Put a delivery into the queue again.

    Raises:
        ProblemError: ``no-such-delivery`` (404).
    """
    with history.writing() as db:
        changed = db.execute(
            "UPDATE delivery SET state = 'pending', attempts = 0, due = ? WHERE id = ?",
            (format_time(current_time()), number),
        )
        if not changed.rowcount:
            raise ProblemError("no-such-delivery", "There is no such delivery", f"delivery {number}", status=404)


def _read_deliveries(
    db: sqlite3.Connection, where: str, values: tuple[Any, ...], order: str = ""
) -> list[NotificationDelivery]:
    rows = db.execute(f"SELECT * FROM delivery WHERE {where} ORDER BY id {order}", values)  # noqa: S608 - of our own
    return [NotificationDelivery(**{**dict(row), "payload": orjson.loads(row["payload"])}) for row in rows]


def _attempt_delivery(
    history: ValidationHistory, target: NotificationTarget | None, delivery: NotificationDelivery
) -> None:
    error: str | None = None
    if target is None:
        error = f"[tell.{delivery.target}] is in the file of jobs no longer"
    else:
        try:
            _send_delivery(target, delivery)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, smtplib.SMTPException, ValueError, ProblemError) as failure:
            # ValueError is what an address that cannot be written into a header raises.
            error = (str(failure) or type(failure).__name__)[:500]
    attempts = delivery.attempts + 1
    if error is None:
        state, wait = "delivered", 0.0
    else:
        _log.warning("delivery %s to %s failed (attempt %s): %s", delivery.id, delivery.target, attempts, error)
        state = "dead" if target is None or attempts >= target.attempts else "pending"
        wait = min(_LONGEST_WAIT, (target.backoff if target else 0) * 2 ** (attempts - 1))
    due = current_time() + timedelta(seconds=wait * random.uniform(1, 1.1))  # noqa: S311 - spreads attempts, guards nothing
    with history.writing() as db:
        db.execute(
            "UPDATE delivery SET state = ?, attempts = ?, due = ?, error = ? WHERE id = ?",
            (state, attempts, format_time(due), error, delivery.id),
        )


def _send_delivery(target: NotificationTarget, delivery: NotificationDelivery) -> None:
    if target.webhook:
        _post_webhook(target, target.webhook, delivery)
    else:
        _send_mail(target, delivery)


def _post_webhook(target: NotificationTarget, url: str, delivery: NotificationDelivery) -> None:
    body = orjson.dumps(delivery.payload)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"jwpgraph/{__version__}",
        "X-Jwpgraph-Event": delivery.payload["event"],
        "X-Jwpgraph-Delivery": str(delivery.id),
    }
    if target.secret:
        headers[SIGNATURE] = sign_payload(body, target.secret.get_secret_value())
    status = asyncio.run(_request_status(url, body, headers))
    if not 200 <= status < 300:
        raise ProblemError("webhook-refused", "The webhook was refused", f"status {status}", status=502)


async def _request_status(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status that the target answers with; what else it says is not read, however long it goes on saying it."""
    async with (
        asyncio.timeout(_SECONDS),
        httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        return answer.status_code


def _send_mail(target: NotificationTarget, delivery: NotificationDelivery) -> None:
    place = urlsplit(target.smtp)
    host, port = place.hostname or "localhost", place.port or (465 if place.scheme == "smtps" else 25)
    with _connect_smtp(place.scheme, host, port) as smtp:
        if place.username:
            if place.scheme == "smtp":
                # A password is given to nobody who cannot show who they are.
                smtp.starttls(context=ssl.create_default_context())
            smtp.login(unquote(place.username), unquote(place.password or ""))
        smtp.send_message(_make_message(target, delivery))


def _connect_smtp(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=_SECONDS)


def _make_message(target: NotificationTarget, delivery: NotificationDelivery) -> EmailMessage:
    told = delivery.payload
    message = EmailMessage()
    message["From"], message["To"] = target.sender, ", ".join(target.email)
    message["Subject"] = f"[jwpgraph] {make_subject_line(told)}"
    message["Date"] = delivery.created_at
    # The same at each attempt, so that a mail program shows once what arrives twice.
    message["Message-ID"] = f"<{delivery.created_at.timestamp():.3f}.{delivery.id}@{_mail_domain(target.sender)}>"
    # Nobody is to be answered by a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    lines = [make_subject_line(told) + ".", ""]
    for name in ("new", "regressed", "fixed"):
        if told["counts"][name]:
            lines += [f"{name.capitalize()} ({told['counts'][name]}):", *(_result_line(one) for one in told[name]), ""]
    lines.append(f"Run {told['run']} of {told['job']}, {told['started']}.")
    message.set_content("\n".join(lines))
    return message


def _mail_domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2] or "localhost"


def _result_line(one: dict[str, Any]) -> str:
    return f"- {one['severity']}: {one['focus']} {one['path'] or ''}\n  {one['message']}"


def make_subject_line(told: dict[str, Any]) -> str:
    """What is told, in one line."""
    if told["outcome"] != "finished":
        reason = " ".join((told["problem"] or told["outcome"]).split())
        return f"{told['job']}: the validation of {told['subject']} was not finished ({reason})"
    counts = told["counts"]
    verdict = "conforms" if told["conforms"] else "does not conform"
    came = f"{counts['new']} new, {counts['regressed']} back, {counts['fixed']} fixed"
    return f"{told['job']}: {told['subject']} {verdict}; {came}"
