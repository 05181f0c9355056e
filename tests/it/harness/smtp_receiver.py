"""A real SMTP server for the tests: keeps every mail as a file and a ledger line.

Usage: smtp_receiver.py DIRECTORY [--cert FILE --key FILE --tls {starttls,implicit}]
                                  [--auth USER:SECRET]
Prints its port, then serves until it is killed. The mail is answered 250 only
when its file and its ledger line are on disk.
"""
import argparse
import asyncio
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


def synced(path, mode, content):
    with open(path, mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Ledger:
    def __init__(self, directory):
        self.directory = directory
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = f"{self.count:06}.eml"
        synced(os.path.join(self.directory, name), "wb", envelope.original_content)
        line = {
            "file": name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "is_encrypted": server.transport.get_extra_info("sslcontext") is not None,
            "is_authenticated": session.authenticated,
        }
        synced(os.path.join(self.directory, "ledger.jsonl"), "a", json.dumps(line) + "\n")
        return f"250 2.0.0 kept as {name}"


def authenticator(wanted):
    def check(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == wanted, handled=False)

    return check


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("directory")
    arguments.add_argument("--cert")
    arguments.add_argument("--key")
    arguments.add_argument("--tls", choices=["starttls", "implicit"])
    arguments.add_argument("--auth")
    given = arguments.parse_args()
    context = None
    if given.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.cert, given.key)
    settings = {"hostname": "receiver.example.com", "enable_SMTPUTF8": False}
    if given.tls == "starttls":
        settings.update(tls_context=context, require_starttls=True)
    if given.auth:
        settings.update(authenticator=authenticator(given.auth), auth_required=True)
        settings.update(auth_require_tls=given.tls == "starttls")
    handler = Ledger(given.directory)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, **settings),
        "127.0.0.1",
        0,
        ssl=context if given.tls == "implicit" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
