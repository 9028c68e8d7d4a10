"""Run smtp-screenctl on a Stage (screen.py).

TOOLS is a folder whose programs it finds before those of the system.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile

import neighbours

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
CTL = os.path.join(BUILD, "smtp-screenctl")


@functools.lru_cache(maxsize=None)
def for_everybody():
    """A copy that other users reach: the checkout may be in root's home."""
    folder = tempfile.mkdtemp(prefix="screen-ctl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    return neighbours.copy_program(CTL, folder)


class Result:
    """One run."""

    def __init__(self, stage, *argv, given=b"", user=None, settings=(),
                 tools=None, environment=(), prefix=()):
        program = CTL if user is None else for_everybody()
        command = [*prefix, program, "-c", stage.conf]
        for name, value in {**stage.settings, **dict(settings)}.items():
            command += ["-o", "%s=%s" % (name, value)]
        extra = {"user": user, "group": user, "extra_groups": []} \
            if user is not None else {}
        done = subprocess.run(
            command + list(argv), input=given, capture_output=True,
            timeout=240, check=False,
            env={"PATH": (tools + ":" if tools else "") + os.environ["PATH"],
                 **dict(environment)},
            **extra)
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "backslashreplace")
        self.err = done.stderr.decode("utf-8", "backslashreplace")
        assert "\033" not in self.out + self.err, self
        assert "Sanitizer" not in self.err, self

    def __str__(self):
        return "status %s\nout %s\nerr %s" % (self.status, self.out[:2000],
                                              self.err[:2000])

    def is_(self, status, out="", err=""):
        """It ended so, and these words are in what it said."""
        assert self.status == status, self
        assert out in self.out and err in self.err, self
        return self
