"""Figures for Prometheus, in a registry of the gateway's own."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from harness.gateway.job_store import JobStore
from harness.gateway.records import ServedImage
from harness.vocabulary import JobState, Source

TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
"""Buckets of generations and requests."""


class Metrics:
    """The figures of one process; jobs are those of the database, which several processes may share."""

    def __init__(self, store: JobStore) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Jobs(store))
        self._requests = Counter(
            "harness_requests", "HTTP requests.", ("method", "route", "status"), registry=self._registry
        )
        self._request_seconds = Histogram(
            "harness_request_seconds", "Seconds of HTTP requests.", ("route",), registry=self._registry, buckets=SECONDS
        )
        self._images = Counter(
            "harness_images", "Images and answers that are final.", ("source", "state"), registry=self._registry
        )
        self._seconds = Histogram(
            "harness_generation_seconds", "Seconds of a generation.", registry=self._registry, buckets=SECONDS
        )
        self._cost = Counter("harness_cost_usd", "US dollars of images, where known.", registry=self._registry)
        self._unknown = Counter("harness_cost_unknown", "Images of unknown cost.", registry=self._registry)
        self._deliveries = Counter(
            "harness_webhook_attempts", "Attempts to deliver a webhook.", ("outcome",), registry=self._registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``status`` 0: nothing was answered."""
        # a method is what a client writes: only those that operations have are names of their own
        method = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self._requests.labels(method, route, str(status or "none")).inc()
        self._request_seconds.labels(route).observe(seconds)

    def image(self, image: ServedImage) -> None:
        """Count an image that is final."""
        self._images.labels(image.source or Source.NONE, str(image.state)).inc()
        if image.source == Source.GENERATED and image.seconds is not None:
            self._seconds.observe(image.seconds)
        if image.cost is None:
            self._unknown.inc()
        else:
            self._cost.inc(max(0.0, image.cost))

    def delivery(self, outcome: str) -> None:
        """Count an attempt to deliver a webhook by its outcome: a DeliveryState, or ``retry``."""
        self._deliveries.labels(outcome).inc()

    def text(self) -> bytes:
        """Return the figures in Prometheus' format. Raises UnavailableError where the database fails."""
        return generate_latest(self._registry)


class _Jobs(Collector):
    """Jobs by state, looked up when they are asked for."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: the registry would otherwise collect once when this is registered."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures."""
        found = self._store.states()
        jobs = GaugeMetricFamily("harness_jobs", "Jobs in the database by state.", labels=("state",))
        for state in JobState:
            jobs.add_metric((state,), found.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("harness_queue_depth", "Jobs that wait.", value=found.get(JobState.QUEUED, 0))
