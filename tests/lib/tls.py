"""Sessions that meet STARTTLS, for tests with real clients and hostile ones.

The client is refused by the access list without a wait, so that it talks to
the engine; smtp-screen-tls runs as a child, with a certificate made here.
"""

import screen

READY = "220 2.0.0 Ready to start TLS"
PROBLEM = "454 4.7.0 TLS not available due to local problem"

SETTINGS = {
    "access_list": "static:reject",
    "denylist_action": "enforce",
    "greet_banner": "",
    "tls_security_level": "may",
    "tls_service": "",
    "smtpd_tls_loglevel": "1",
}


def settings(stage):
    """Give STAGE what such a session needs."""
    certificate, key = stage.certificate()
    stage.settings.update(SETTINGS, smtpd_tls_cert_file=certificate,
                          smtpd_tls_key_file=key)


def begin(session):
    """As far as the handshake, which is not begun."""
    session.expect("220 mail.example ESMTP")
    session.send("STARTTLS")
    session.expect(READY)


def processes(session):
    """The process ids of smtp-screen-tls that SESSION's group has."""
    return [pid for pid, command in screen.running(session.process.pid)
            if command == "smtp-screen-tls"[:15]]
