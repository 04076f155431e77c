"""The switch `understudy local`, and the control socket that it is told by."""
import socket
import subprocess

from daemon import BINARY


class Switch:
    def __init__(self, folder, name="XDG_RUNTIME_DIR"):
        self.env = {name: str(folder)}
        self.path = folder / ("understudy/control" if name == "XDG_RUNTIME_DIR" else "control")

    def run(self, *words):
        """Its exit status, and what it said."""
        done = subprocess.run([BINARY, "local", *words], env={**self.env, "HOME": "/nonexistent"},
                              capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout + done.stderr

    def set(self, word):
        code, said = self.run(word)
        assert code == 0 and said.startswith(f"local: {word};"), said

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(str(self.path))
        return client

    def say(self, line):
        with self.connect() as client:
            client.sendall(line)
            return client.makefile().readline()
