"""What pages at /status that are left open cost: the CPU time of the daemon while nothing is asked, and
what an exchange costs more with them than without."""
import select
import socket
import statistics
import threading
import time

from processes import cpu_us, fail, load

PAGES, IDLE_S, WARM_S = 100, 10, 2
BOUND_PERCENT = 1.0  # of a core, while nothing is asked, and with EACH_S exchanges a second
EACH_S = 5


class Pages:
    """Readers of the events, who read all that comes."""

    def __init__(self, port, count):
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self.bytes, self.open = 0, True
        for sock in self.sockets:
            sock.sendall(f"GET /status/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        while self.open:
            for sock in select.select(self.sockets, [], [], 0.1)[0]:
                data = sock.recv(1 << 16)
                if not data:
                    fail("a page was closed")
                self.bytes += len(data)

    def close(self):
        self.open = False
        self.reader.join()
        for sock in self.sockets:
            sock.close()


def percent(proxy, exchanges):
    """Of a core, over some seconds, with so many exchanges in each."""
    before, begun, done = cpu_us(proxy.pid), time.monotonic(), 0
    while (passed := time.monotonic() - begun) < IDLE_S:
        if exchanges and done < passed * exchanges:
            load(proxy.port, "whole", 1, 1)
            done += 1
        time.sleep(0.02)
    return (cpu_us(proxy.pid) - before) / 1e4 / (time.monotonic() - begun)


def measure(bench, table, rounds):
    (proxy,) = [p for p in bench.start("on", ("warning",)) if p.name == "understudy"]
    figures = []
    for _ in range(max(1, rounds // 2)):
        alone = percent(proxy, EACH_S)
        pages = Pages(proxy.port, PAGES)
        time.sleep(WARM_S)
        idle, busy = percent(proxy, 0), percent(proxy, EACH_S)
        if pages.bytes == 0:
            fail("the pages were told nothing")
        pages.close()
        figures.append((idle, busy - alone))
    bench.stop(list(bench.running))
    print(f"\n{PAGES} pages at /status, each left open", flush=True)
    for name, at in (("of a core, nothing is asked", 0), (f"more of a core, {EACH_S} exchanges a second", 1)):
        values = sorted(figure[at] for figure in figures)
        print(f"  {name:<42}{statistics.median(values):>14.2f} %   ({values[0]:.2f}-{values[-1]:.2f}), "
              f"at most {BOUND_PERCENT}", flush=True)
        table.keep("pages", name, f"{name}, %", {"understudy": values}, "{:.2f}")
