"""The entries of a project's file, `harness.toml`."""

from typing import Annotated

from pydantic import Field

from harness.suite.model import ProviderEntry, Servers, Shared, Strict, ViewerEntry, Word, one_of_words
from harness.vocabulary import ExecutorKind


class BudgetEntry(Strict):
    """What a project may spend, in US dollars."""

    run: float | None = Field(None, ge=0, description="The most that one run may spend; 0: paid calls disabled.")
    month: float | None = Field(
        None, ge=0, description="The most that all runs of one UTC calendar month may spend together."
    )


class StoreEntry(Strict):
    """Where accepted images are stored beside git."""

    url: Word = Field(description="`s3://bucket/prefix`, `gs://…`, `az://…`, or a folder.")
    region: Word | None = Field(None, description="Of an S3 bucket.")
    endpoint: Word | None = Field(None, description="Of a service that is not the vendor's own.")
    allow_http: bool = Field(False, description="Whether the endpoint may be asked without TLS.")
    timeout: float = Field(60.0, gt=0, le=3600, description="Seconds for one image, all attempts together.")
    cache: Word | None = Field(
        None, description="Folder of the images that were fetched; default `.store` of `reports`."
    )
    cache_gb: float = Field(2.0, ge=0, description="The most that the cache holds, in GB; 0: nothing.")


class ExecutorEntry(Strict):
    """Where the runs of a project generate."""

    kind: Annotated[ExecutorKind, *one_of_words(ExecutorKind)] | None = Field(
        None, description="local: this machine. ray: the nodes of a Ray cluster, an image at a time in each slot."
    )
    address: Word | None = Field(None, description="HOST:PORT of the cluster, or auto.")
    gpus: float | None = Field(None, ge=0, description="GPUs of a slot; a fraction shares one.")
    cpus: float | None = Field(None, ge=0, description="CPUs of a slot.")


class ProjectEntry(Strict):
    """`harness.toml`, or `[tool.harness]` in `pyproject.toml`. Its folder is the project's root, where paths start."""

    suites: Annotated[list[Word], Field(min_length=1)] | None = Field(
        None, description="Suite files, folders of suites, or globs: what `harness run` alone runs."
    )
    baselines: Word | None = Field(None, description="Folder of the accepted images.")
    reports: Word | None = Field(None, description="Folder of the runs.")
    store: StoreEntry | None = Field(None, description="Where accepted images are stored that are not in git.")
    budget: BudgetEntry = Field(default_factory=lambda: BudgetEntry.model_validate({}), description="What to spend.")
    executor: ExecutorEntry = Field(
        default_factory=lambda: ExecutorEntry.model_validate({}), description="Where runs generate."
    )
    providers: dict[str, ProviderEntry] = Field(
        default_factory=dict, description="Providers that the suites share, each with its `kind` and settings."
    )
    viewers: dict[str, ViewerEntry] = Field(
        default_factory=dict, description="Viewers that the suites share, each with its `kind` and options."
    )
    servers: Servers = Field(
        default_factory=dict, description="Servers to start that the suites share, by name, each with its `command`."
    )
    defaults: Shared = Field(
        default_factory=lambda: Shared.model_validate({}), description="Overridden by the defaults of every suite."
    )
