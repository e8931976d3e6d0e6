"""Notifications of runs: signed webhooks and e-mail, sent from a persistent queue.

A notification is queued in the transaction that records the run (:mod:`jwpgraph.validation.history`) and leaves the
queue when it has been delivered, so that none is lost. After the configured number of failed attempts it is kept as
dead.
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
from jwpgraph.validation.history import Notifier, RunChanges, ValidationHistory, format_time, get_current_time
from jwpgraph.validation.job_file import JobFile, NotificationTarget
from jwpgraph.validation.result_queries import RunRecord, TrackedResult, get_results, get_run

_log = logging.getLogger(__name__)
SIGNATURE = "X-Jwpgraph-Signature"
_SECONDS = 15.0
#: Seconds after which the delivery of a crashed process is due again.
_LEASE_SECONDS = 3 * _SECONDS
_SHOWN = 20
#: Upper limit for the waiting time, which doubles with each attempt, in seconds.
_LONGEST_WAIT = 6 * 3600.0

#: The oldest due delivery of each target.
_DUE = "id IN (SELECT min(id) FROM delivery WHERE state = 'pending' AND due <= ? GROUP BY target)"

DeliveryState = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class NotificationDelivery:
    """A queued notification for one target."""

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
        """Return when it was queued."""
        return datetime.fromisoformat(self.created)


def sign_payload(body: bytes, secret: str) -> str:
    """Return the value of ``X-Jwpgraph-Signature``: HMAC-SHA-256 of the body, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def make_notifier(jobs: JobFile) -> Callable[[str], Notifier]:
    """Return a function from a job to its notifier, which makes the payloads while the run is being recorded."""

    def notifier_of(job: str) -> Notifier:
        def tell(db: sqlite3.Connection, run: int, changes: RunChanges) -> list[tuple[str, dict[str, Any]]]:
            targets = jobs.recipients(job)
            found = get_run(db, run) if targets else None
            if found is None:
                return []
            interested = [name for name, target in targets.items() if _is_wanted(target, found, changes)]
            return [(name, make_payload(db, found, changes)) for name in interested]

        return tell

    return notifier_of


def _is_wanted(target: NotificationTarget, run: RunRecord, changes: RunChanges) -> bool:
    unfinished = run.outcome in {"failed", "interrupted"}
    wanted = {"always": True, "failure": run.conforms is False, "change": bool(changes)}
    return unfinished or wanted[target.on]


def make_payload(db: sqlite3.Connection, run: RunRecord, changes: RunChanges) -> dict[str, Any]:
    """Return the notification payload: counts, and the first new, regressed and fixed results."""
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
    """Attempt the oldest due delivery of each target, concurrently.

    One for each target, so that an unresponsive target does not delay the others. Another process may do the same
    concurrently: a delivery taken by one process is not due for the other until its lease ends.

    Returns:
        The number of attempts.
    """
    moment = format_time(get_current_time())
    with history.connect() as db:
        if not _read_deliveries(db, _DUE, (moment,)):
            return 0
    with history.transaction() as db:
        due = _read_deliveries(db, _DUE, (moment,))
        lease = format_time(get_current_time() + timedelta(seconds=_LEASE_SECONDS))
        db.executemany("UPDATE delivery SET due = ? WHERE id = ?", [(lease, delivery.id) for delivery in due])
    with ThreadPoolExecutor(max(1, len(due)), "delivery") as threads:
        list(threads.map(lambda one: _attempt_delivery(history, jobs.tell.get(one.target), one), due))
    return len(due)


def deliver_all_due(history: ValidationHistory, jobs: JobFile) -> None:
    """Attempt deliveries until none is due."""
    while deliver_due(history, jobs):
        pass


def list_deliveries(
    history: ValidationHistory, state: DeliveryState | None = None, *, number: int | None = None, limit: int = 100
) -> list[NotificationDelivery]:
    """Return the latest deliveries, optionally of one state or with one number."""
    where = "(?1 IS NULL OR state = ?1) AND (?2 IS NULL OR id = ?2)"
    with history.connect() as db:
        return _read_deliveries(db, where, (state, number), f"DESC LIMIT {int(limit)}")


def redeliver(history: ValidationHistory, number: int) -> None:
    """Put a delivery back into the queue.

    Raises:
        ProblemError: ``no-such-delivery`` (404).
    """
    with history.transaction() as db:
        changed = db.execute(
            "UPDATE delivery SET state = 'pending', attempts = 0, due = ? WHERE id = ?",
            (format_time(get_current_time()), number),
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
        error = f"[tell.{delivery.target}] is no longer in the jobs file"
    else:
        try:
            _send_delivery(target, delivery)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, smtplib.SMTPException, ValueError, ProblemError) as failure:
            # ValueError: an address that cannot be written into a header.
            error = (str(failure) or type(failure).__name__)[:500]
    attempts = delivery.attempts + 1
    if error is None:
        state, wait = "delivered", 0.0
    else:
        _log.warning("delivery %s to %s failed (attempt %s): %s", delivery.id, delivery.target, attempts, error)
        state = "dead" if target is None or attempts >= target.attempts else "pending"
        wait = min(_LONGEST_WAIT, (target.backoff if target else 0) * 2 ** (attempts - 1))
    due = get_current_time() + timedelta(seconds=wait * random.uniform(1, 1.1))  # noqa: S311 - spreads attempts, guards nothing
    with history.transaction() as db:
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
    """Return the status of the target's response; the body is not read, however long it is."""
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
                # The password is sent only after TLS has authenticated the server.
                smtp.starttls(context=ssl.create_default_context())
            smtp.login(unquote(place.username), unquote(place.password or ""))
        smtp.send_message(_make_message(target, delivery))


def _connect_smtp(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=_SECONDS)


def _make_message(target: NotificationTarget, delivery: NotificationDelivery) -> EmailMessage:
    payload = delivery.payload
    message = EmailMessage()
    message["From"], message["To"] = target.sender, ", ".join(target.email)
    message["Subject"] = f"[jwpgraph] {make_subject_line(payload)}"
    message["Date"] = delivery.created_at
    # The same at each attempt, so that a mail client shows a duplicate once.
    message["Message-ID"] = f"<{delivery.created_at.timestamp():.3f}.{delivery.id}@{_get_mail_domain(target.sender)}>"
    # Suppresses automatic replies (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    lines = [make_subject_line(payload) + ".", ""]
    for name in ("new", "regressed", "fixed"):
        if payload["counts"][name]:
            lines += [
                f"{name.capitalize()} ({payload['counts'][name]}):",
                *(_make_result_line(one) for one in payload[name]),
                "",
            ]
    lines.append(f"Run {payload['run']} of {payload['job']}, {payload['started']}.")
    message.set_content("\n".join(lines))
    return message


def _get_mail_domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2] or "localhost"


def _make_result_line(one: dict[str, Any]) -> str:
    return f"- {one['severity']}: {one['focus']} {one['path'] or ''}\n  {one['message']}"


def make_subject_line(payload: dict[str, Any]) -> str:
    """Return the notification in one line."""
    if payload["outcome"] != "finished":
        reason = " ".join((payload["problem"] or payload["outcome"]).split())
        return f"{payload['job']}: the validation of {payload['subject']} was not finished ({reason})"
    counts = payload["counts"]
    verdict = "conforms" if payload["conforms"] else "does not conform"
    came = f"{counts['new']} new, {counts['regressed']} back, {counts['fixed']} fixed"
    return f"{payload['job']}: {payload['subject']} {verdict}; {came}"
