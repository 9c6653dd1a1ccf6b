"""A link between two network namespaces with delay, loss and a rate, for kernels without netem: scripts/slow-link
starts it. DELAY_MS is of one direction; each namespace gets a device efd0.
"""
import argparse, ctypes, fcntl, heapq, os, random, select, struct, time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name in ("NEAR", "FAR"):
    parser.add_argument(name)
for name in ("DELAY_MS", "LOSS_PERCENT", "RATE_MBIT"):
    parser.add_argument(name, type=float)
options = parser.parse_args()
delay, loss, rate = options.DELAY_MS / 1000, options.LOSS_PERCENT / 100, options.RATE_MBIT * 125000
libc = ctypes.CDLL(None, use_errno=True)


def device(namespace):
    """A TUN device efd0 in the namespace; the file stays usable from here."""
    with open(f"/run/netns/{namespace}") as place:
        if libc.setns(place.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"efd0", 0x1001))  # IFF_TUN | IFF_NO_PI
    return tun


ends = [device(options.NEAR), device(options.FAR)]
print("up", flush=True)
waiting = []  # (send time, number, to, packet)
free_at = [0.0, 0.0]  # when either direction has sent what it was given
queue_seconds = 0.5  # longer queues drop, as a router's do
number = 0
while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for tun in select.select(ends, [], [], timeout)[0]:
        direction = ends.index(tun)
        for _ in range(64):
            try:
                packet = os.read(tun, 65536)
            except BlockingIOError:
                break
            now = time.monotonic()
            if random.random() < loss or free_at[direction] - now > queue_seconds:
                continue
            free_at[direction] = max(now, free_at[direction]) + len(packet) / rate
            number += 1
            heapq.heappush(waiting, (free_at[direction] + delay, number, ends[1 - direction], packet))
    now = time.monotonic()
    while waiting and waiting[0][0] <= now:
        _, _, to, packet = heapq.heappop(waiting)
        try:
            os.write(to, packet)
        except (BlockingIOError, OSError):
            pass
