"""What another user can put where one of our files is to be made.

Each function puts it at PATH and returns the file behind it, which must stay
as it is (or must not be made), or None.
"""

import os
import socket

import hostile

PRECIOUS = "precious\n"


def symbolic_link(path):
    """a symbolic link"""
    victim = _victim(path)
    os.symlink(victim, path)
    return victim


def dangling_link(path):
    """a symbolic link to nothing"""
    os.symlink(path + ".victim", path)
    return path + ".victim"


def hard_link(path):
    """a second name of a file"""
    victim = _victim(path)
    os.link(victim, path)
    return victim


def directory(path):
    """a directory"""
    os.mkdir(path)


def pipe(path):
    """a FIFO"""
    os.mkfifo(path)


def a_socket(path):
    """a socket"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.bind(path)


def device(path):
    """a device"""
    hostile.need_root()
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero


def open_to_all(path):
    """a file that everybody may write"""
    with open(path, "wb"):
        pass
    os.chmod(path, 0o666)


def of_another_user(path):
    """a file of another user"""
    hostile.need_root()
    with open(path, "wb"):
        pass
    os.chmod(path, 0o600)
    os.chown(path, 12345, 12345)


ALL = (symbolic_link, dangling_link, hard_link, directory, pipe, a_socket,
       device, open_to_all, of_another_user)


def is_unharmed(plant, victim):
    """What stands behind PLANT has not been touched, or made."""
    if plant is dangling_link:
        hostile.true(not os.path.exists(victim), "it was made through a link")
    elif victim:
        with open(victim, encoding="ascii") as file:
            hostile.equal(file.read(), PRECIOUS, "the file behind the plant")


def _victim(path):
    victim = path + ".victim"
    with open(victim, "w", encoding="ascii") as file:
        file.write(PRECIOUS)
    os.chmod(victim, 0o600)
    return victim
