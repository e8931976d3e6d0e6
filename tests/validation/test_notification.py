"""Tests of notifications: a failing target does not affect the others, and mail is well-formed."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import ssl
import threading
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jwpgraph.validation.feed import render_atom_feed
from jwpgraph.validation.history import RunFindings, ValidationHistory
from jwpgraph.validation.job_file import JobFile
from jwpgraph.validation.notification import deliver_all_due, deliver_due, list_deliveries, make_notifier
from jwpgraph.validation.report import ValidationResult


class Hook(BaseHTTPRequestHandler):
    """Webhook endpoint that can send an endless response."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(self.headers["X-Jwpgraph-Delivery"])
        self.send_response(200)
        self.end_headers()
        try:
            while self.server.endless:
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Mailbox(socketserver.StreamRequestHandler):
    """Minimal SMTP server (RFC 5321), with STARTTLS (RFC 3207) if there is a certificate."""

    def handle(self):
        self.say(b"220 test")
        lines = None
        while raw := self.rfile.readline():
            line = raw.rstrip(b"\r\n")
            command = line.upper()
            if lines is not None:
                if line == b".":
                    self.server.received.append(b"\n".join(lines))
                    lines = None
                    self.say(b"250 kept")
                else:
                    lines.append(line)
            elif command.startswith(b"EHLO"):
                self.say(b"250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS" if self.server.certificate else b"250 test")
            elif command == b"STARTTLS":
                self.say(b"220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.server.certificate)
                try:
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                except OSError:
                    return
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            elif command.startswith(b"AUTH"):
                self.server.passwords.append(line)
                self.say(b"235 welcome")
            elif command == b"DATA":
                lines = []
                self.say(b"354 go on")
            elif command == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 ok")

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class Mail(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def listening(kind, handler, **more):
    server = kind(("127.0.0.1", 0), handler)
    server.received, server.passwords = [], []
    server.__dict__.update({"endless": False, "certificate": None} | more)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.endless = False
        server.shutdown()
        server.server_close()


def told(data_dir, **targets) -> tuple[ValidationHistory, JobFile]:
    """Return a history with an unfinished run, and its notification targets."""
    jobs = JobFile.model_validate({"jobs": {"nightly": {"tell": list(targets)}}, "tell": targets})
    history = ValidationHistory(data_dir)
    run = history.begin("nightly", "published release", "nobody")
    history.fail(
        run, "failed", "The shapes cannot be read:\nline 1\r\nBcc: all@example.org", make_notifier(jobs)("nightly")
    )
    return history, jobs


def states(history) -> dict[str, str]:
    return {one.target: one.state for one in list_deliveries(history)}


def address(server, scheme="http") -> str:
    return f"{scheme}://127.0.0.1:{server.server_address[1]}"


def test_a_problem_of_several_lines_is_mailed_with_all_that_mail_needs(tmp_path):
    with listening(Mail, Mailbox) as mail:
        to = {"email": ["ada@example.org"], "smtp": address(mail, "smtp"), "sender": "Graph <graph@example.org>"}
        history, jobs = told(tmp_path, ada=to)
        deliver_all_due(history, jobs)
    assert states(history) == {"ada": "delivered"}
    message = email.message_from_bytes(mail.received[0], policy=email.policy.default)
    assert "cannot be read: line 1 Bcc: all@example.org" in message["Subject"]
    assert message["Bcc"] is None
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]).tzinfo is not None


def test_an_invalid_address_does_not_stop_other_notifications(tmp_path):
    with listening(ThreadingHTTPServer, Hook) as hook, listening(Mail, Mailbox) as mail:
        bad = {"email": ["ada@example.org\nBcc: all@example.org"], "smtp": address(mail, "smtp"), "attempts": 1}
        history, jobs = told(tmp_path, bad=bad, hook={"webhook": address(hook)})
        deliver_all_due(history, jobs)
    assert states(history) == {"bad": "dead", "hook": "delivered"}


def test_an_endless_response_of_a_webhook_counts_as_delivered(tmp_path):
    with listening(ThreadingHTTPServer, Hook, endless=True) as hook:
        history, jobs = told(tmp_path, hook={"webhook": address(hook)})
        deliver_all_due(history, jobs)
    assert states(history) == {"hook": "delivered"}


def test_a_silent_target_does_not_delay_others(tmp_path, monkeypatch):
    monkeypatch.setattr("jwpgraph.validation.notification._SECONDS", 5.0)
    with socket.create_server(("127.0.0.1", 0)) as silent, listening(ThreadingHTTPServer, Hook) as hook:
        dead = {"webhook": f"http://127.0.0.1:{silent.getsockname()[1]}/", "attempts": 1}
        history, jobs = told(tmp_path, silent=dead, hook={"webhook": address(hook)})
        told_again = history.begin("nightly", "published release", "nobody")
        history.fail(told_again, "failed", "again", make_notifier(jobs)("nightly"))
        assert deliver_due(history, jobs) == 2, "the oldest of each"
        assert hook.received == ["2"]
        deliver_all_due(history, jobs)
    assert hook.received == ["2", "4"]
    assert states(history) == {"silent": "dead", "hook": "delivered"}


def test_a_password_is_sent_only_to_an_authenticated_mail_server(tmp_path, monkeypatch, certificate):
    with listening(Mail, Mailbox, certificate=certificate) as mail:
        to = {"email": ["ada@example.org"], "smtp": f"smtp://user:secret@127.0.0.1:{mail.server_address[1]}"}
        history, jobs = told(tmp_path / "unknown", ada=to | {"attempts": 1})
        deliver_all_due(history, jobs)
        assert (states(history), mail.passwords) == ({"ada": "dead"}, [])
        assert "certificate" in list_deliveries(history)[0].error.lower()

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        history, jobs = told(tmp_path / "known", ada=to)
        deliver_all_due(history, jobs)
        assert states(history) == {"ada": "delivered"}
        assert len(mail.passwords) == 1


def test_the_feed_contains_changes_regardless_of_age(tmp_path):
    history = ValidationHistory(tmp_path)
    results = [
        ValidationResult("<urn:a>", "<urn:s>", "<urn:c>", "violation", "<urn:p>", '"\ufffe\x07"', {"en": "No \uffff."})
    ]
    history.finish(history.begin("nightly", "x", "nobody"), RunFindings(results, False, "shacl", "1", 0.1, "d"))
    with history.transaction() as db:
        columns = "job, subject, started, finished, conforms, outcome"
        row = ("nightly", "x", "2026-01-01", "2026-01-01", 0, "finished")
        db.executemany(f"INSERT INTO run ({columns}) VALUES (?, ?, ?, ?, ?, ?)", [row] * 600)
    history.finish(history.begin("other", "x", "nobody"), RunFindings([], True, "shacl", "1", 0.1, "d"))
    with history.connect() as db:
        feed = render_atom_feed(db, "https://example.org", "nightly").decode()
    assert feed.count("<entry>") == 1
    assert "1 new, 0 back, 0 fixed" in feed
    assert 'rel="self" href="https://example.org/validation/feed.atom?job=nightly"' in feed
    assert not {"\ufffe", "\uffff", "\x07"} & set(feed)
