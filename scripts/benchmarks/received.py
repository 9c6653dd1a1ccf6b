#!/usr/bin/env python3
"""How long records take from their stamp to a sink's batch, by the counters of each topic on the sink's page.

received.py poll URL SECONDS
    samples of the counters as JSON lines: when asked, when answered (seconds), records by topic
received.py latency PAGE SAMPLES STAMPS
    p50 and p99 in milliseconds of the records stamped while the samples were taken;
    PAGE is the sink's page before the load, STAMPS what `efd-bench load` prints

A partition keeps its order, so the record that makes a topic's counter rise is known. It came between two samples;
half-way is taken.
"""
import http.client
import json
import re
import sys
import time

LINE = re.compile(rb'^efd_records_received_total\{topic="([^"]+)"\} (\d+)$', re.M)
PAUSE = 0.004  # seconds between samples: the resolution of latencies
TAIL = 3.0  # seconds before the last sample in which stamps do not count: their records may be on their way
LATE = float("inf")  # records missing in the last sample


def counters(page):
    return {name.decode(): int(count) for name, count in LINE.findall(page)}


def poll(url, seconds):
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    end = time.time() + seconds
    samples = []
    while (asked := time.time()) < end:
        connection.request("GET", "/metrics?name%5B%5D=efd_records_received_total")
        page = connection.getresponse().read()
        samples.append((asked, time.time(), counters(page)))
        time.sleep(PAUSE)
    for sample in samples:
        print(json.dumps(sample))


def arrivals(samples, before):
    """By topic: for each record since `before`, when it came; None when the first sample has it already."""
    came = {}
    earlier = None
    for asked, answered, counts in samples:
        for topic, count in counts.items():
            times = came.setdefault(topic, [])
            fresh = count - before.get(topic, 0) - len(times)
            if fresh > 0:
                times.extend([None if earlier is None else (earlier + answered) / 2] * fresh)
        earlier = asked
    return came


def latency(page, samples, stamps):
    with open(page, "rb") as file:
        before = counters(file.read())
    with open(samples) as file:
        samples = [json.loads(line) for line in file]
    came = arrivals(samples, before)
    begin, end = samples[0][1], samples[-1][0] - TAIL
    ages, seen = [], {}
    with open(stamps) as file:
        for line in file:
            topic, stamp = line.split()
            seconds = int(stamp) / 1e6
            index = seen[topic] = seen.get(topic, -1) + 1
            if begin <= seconds < end:
                times = came.get(topic, [])
                ages.append(1000 * (times[index] - seconds) if index < len(times) else LATE)
    ages.sort()
    print(text(ages[len(ages) // 2]), text(ages[len(ages) * 99 // 100]))


def text(milliseconds):
    return f">{1000 * TAIL:.0f}" if milliseconds == LATE else f"{milliseconds:.0f}"


if __name__ == "__main__":
    if sys.argv[1] == "poll":
        poll(sys.argv[2], float(sys.argv[3]))
    else:
        latency(*sys.argv[2:5])
