"""The port, taken before anything else is touched."""

import errno
import os
import socket

from crm.installation.lock import FolderLock
from crm.installation.startup_errors import CannotStart, system_error_reason

EVERYWHERE = ("", "0.0.0.0", "::")


def listen(host: str, port: int, lock: FolderLock) -> list[socket.socket]:
    """Sockets that take connections from now on. Raises CannotStart; `lock` tells who has the port."""
    if not 0 <= port <= 65535:  # the system would take the rest of a division
        raise CannotStart(f"There is no port {port}: choose one from 1 to 65535 with --port or CRM_PORT.")
    try:
        entries = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise CannotStart(
            f"The address {host!r} is unknown: name one of this machine's in CRM_HOST or --host, such as 127.0.0.1."
        ) from error
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((entry[0], entry[4]) for entry in entries):
            sockets.append(_open(family, address))
    except OSError as error:
        for opened in sockets:
            opened.close()
        raise CannotStart(_why_not(error, host, port, lock)) from error
    return sockets


def _open(family: socket.AddressFamily, address: tuple[str | bytes | int, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "nt":  # there the other option would let two programs have one port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(1024)  # without this, another program could still have the port
    except BaseException:
        opened.close()
        raise
    return opened


def _why_not(error: OSError, host: str, port: int, lock: FolderLock) -> str:
    code = error.errno
    if code == errno.EADDRINUSE or getattr(error, "winerror", 0) in (10013, 10048):
        if lock.is_held():
            running_at = lock.address() or address_of(host, port)
            return f"Shuke CRM is already running at {running_at} (open that in a browser); it is not started twice."
        return f"Port {port} is used by another program: stop that one, or choose another port with --port or CRM_PORT."
    if code == errno.EACCES:
        return f"This account may not use port {port}: choose one above 1023 with --port or CRM_PORT."
    if code == errno.EADDRNOTAVAIL:
        return f"This machine has not the address {host}: name one of its own in CRM_HOST or --host."
    return (
        f"Port {port} of {host} cannot be used: {system_error_reason(error)}. Choose another with --port or CRM_PORT."
    )


def addresses(host: str) -> list[str]:
    """The names under which this machine can be reached."""
    if host not in EVERYWHERE:
        return [f"[{host}]" if ":" in host else host]
    names = ["127.0.0.1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, only the route is asked
            names.append(probe.getsockname()[0])
        except OSError:
            pass
    return list(dict.fromkeys(names))


def address_of(host: str, port: int) -> str:
    return f"http://{addresses(host)[0]}:{port}/"
