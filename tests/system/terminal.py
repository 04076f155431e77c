"""What is written to a pretended terminal."""
import errno
import os


def pieces(leader):
    """Until nobody has its other side open any more."""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError as failed:
            if failed.errno != errno.EIO:  # the other side is closed
                raise
            return
        if not piece:
            return
        yield piece
