"""What the server processes counted, in the text format of Prometheus."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from policytrace.graph.releases.release import Release
from policytrace.server.operations.access_log import LIMITS
from policytrace.server.operations.counters import BUCKETS, OUTCOMES, STATUSES, Counters, WorkerCounts
from policytrace.server.operations.memory import children, is_sibling, resident

PREFIX = "policytrace_"


def metrics(counters: Counters, release: Release | None) -> bytes:
    """The metrics of all server processes, and of the release they serve."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(list(counters.rows()), release))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, rows: Sequence[WorkerCounts], release: Release | None) -> None:
        self._rows, self._release = rows, release

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        yield self._requests()
        yield self._limits()
        yield self._seconds()
        yield self._bytes()
        yield from self._gauges()
        yield from _release(self._release)

    def _requests(self) -> Metric:
        metric = CounterMetricFamily(
            PREFIX + "requests",
            "Answers by status and by how they came about: from the cache (hit, or unchanged for a 304), by "
            "the work on an equal request (shared) or by work of their own (computed).",
            labels=("status", "cache"),
        )
        for outcome, name in enumerate(OUTCOMES):
            for place, status in enumerate(STATUSES):
                count = sum(row.requests(outcome, place) for row in self._rows)
                if count:
                    metric.add_metric((str(status or "other"), name), count)
        return metric

    def _limits(self) -> Metric:
        metric = CounterMetricFamily(
            PREFIX + "limits_reached", "Requests that ran into a limit.", labels=("limit",)
        )
        for status, name in LIMITS.items():
            place = STATUSES.index(status)
            counts = (row.requests(outcome, place) for row in self._rows for outcome in range(len(OUTCOMES)))
            metric.add_metric((name,), sum(counts))
        return metric

    def _seconds(self) -> Metric:
        metric = HistogramMetricFamily(
            PREFIX + "request_seconds", "Time from a request to the end of its answer.", labels=("cache",)
        )
        bounds = (*map(str, BUCKETS), "+Inf")
        for outcome, name in enumerate(OUTCOMES):
            times = [row.times(outcome) for row in self._rows]
            counts = accumulate(map(sum, zip(*(buckets for buckets, _, _ in times), strict=True)))
            metric.add_metric(
                (name,), list(zip(bounds, counts, strict=True)), sum(seconds for _, seconds, _ in times)
            )
        return metric

    def _bytes(self) -> Metric:
        metric = CounterMetricFamily(PREFIX + "sent_bytes", "Bytes of bodies sent.", labels=("cache",))
        for outcome, name in enumerate(OUTCOMES):
            metric.add_metric((name,), sum(row.times(outcome)[2] for row in self._rows))
        return metric

    def _gauges(self) -> Iterator[Metric]:
        for name, text in (
            ("working", "Requests the application works on now."),
            ("cache_bytes", "Bytes of answers kept."),
            ("cache_answers", "Answers kept."),
            ("checks", "Workbooks that are being checked, or wait for it."),
        ):
            yield GaugeMetricFamily(PREFIX + name, text, value=sum(row.gauge(name) for row in self._rows))
        for name, text in (
            ("cache_evicted", "Answers that made room for others."),
            ("queries_replaced", "Query processes that were ended, others in their place."),
        ):
            yield CounterMetricFamily(PREFIX + name, text, value=sum(row.gauge(name) for row in self._rows))
        yield self._memory()
        started = GaugeMetricFamily(
            PREFIX + "worker_start_seconds",
            "POSIX time at which a server process started.",
            labels=("worker",),
        )
        for number, row in enumerate(self._rows):
            started.add_metric((str(number),), row.gauge("started"))
        yield started

    def _memory(self) -> Metric:
        metric = GaugeMetricFamily(
            PREFIX + "memory_bytes",
            "Bytes in memory of a server process, and of those that it started for queries and checks.",
            labels=("worker", "part"),
        )
        for number, row in enumerate(self._rows):
            process = row.gauge("pid")
            if is_sibling(process):
                metric.add_metric((str(number), "server"), resident(process))
                metric.add_metric((str(number), "queries"), sum(map(resident, children(process))))
        return metric


def _release(release: Release | None) -> Iterator[Metric]:
    metric = GaugeMetricFamily(
        PREFIX + "release_triples", "Triples of the default graph of the release served.", labels=("release",)
    )
    if release is not None:
        metric.add_metric((release.id,), release.manifest.get("triples", {}).get("default", 0))
    yield metric
