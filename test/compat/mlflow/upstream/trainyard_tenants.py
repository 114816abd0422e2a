"""pytest plugin: MLflow's own tests, unedited, against a Trainyard server.

`run.ts` beside this file starts the server and pytest. In the environment: TRAINYARD_URL, MLFLOW_TRACKING_TOKEN (may
create workspaces), TRAINYARD_REPORT (where the outcomes go, as JSON).

Names collide between tests, so each test has a fresh workspace. A tracking URI may end with a path, which the client
keeps: http://host:port/w/<workspace>. Files are where the server keeps them: a test that opens them on the disk is
given what the client downloads.
"""

import contextlib
import json
import os
import posixpath
import sys
import tempfile
import urllib.request
import uuid

import pytest

URL = os.environ["TRAINYARD_URL"]
TOKEN = os.environ["MLFLOW_TRACKING_TOKEN"]


def new_workspace() -> str:
    name = f"t{uuid.uuid4().hex}"
    request = urllib.request.Request(
        f"{URL}/api/v1/workspaces",
        data=json.dumps({"name": name}).encode(),
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60):
        return f"{URL}/w/{name}"


def provide_newer_names():
    """The source tree may be some days newer than the release that the client is pinned to."""
    import mlflow
    from mlflow.tracing import fluent

    if not hasattr(fluent, "_flush_pending_async_trace_writes"):
        fluent._flush_pending_async_trace_writes = mlflow.flush_trace_async_logging
        for name in ("get_trace", "search_traces"):
            setattr(mlflow.MlflowClient, name, flushing(getattr(mlflow.MlflowClient, name)))


def flushing(method):
    """The method with the argument `flush`: traces on their way are written first."""

    def flush_first(self, *arguments, flush=False, **named):
        import mlflow

        if flush:
            mlflow.flush_trace_async_logging()
        return method(self, *arguments, **named)

    return flush_first


# Now: conftest.py, which needs them, is imported before any hook of a plugin runs.
provide_newer_names()


# MLflow's fixtures give one test one database, whether it looks at it through a server or by itself.
of_this_test = None


class RemoteServer:
    """Stands in for tests.tracking.integration_test_utils.ServerThread."""

    def __init__(self, app=None, port=None):
        pass

    def __enter__(self) -> str:
        import mlflow

        # The server that it stands in for runs in this process, and has set the tracking URI to its database.
        uri = of_this_test or new_workspace()
        mlflow.set_tracking_uri(uri)
        return uri

    def __exit__(self, *exc):
        return None


def sign_in():
    """Some tests call the server without the client. Its own server asks for no credential; this one does."""
    import requests

    send = requests.Session.send

    def send_signed_in(self, request, **options):
        if request.url.startswith(URL):
            request.headers.setdefault("Authorization", f"Bearer {TOKEN}")
        return send(self, request, **options)

    requests.Session.send = send_signed_in


def pytest_configure(config):
    import tests.tracking.integration_test_utils as utils

    utils.ServerThread = RemoteServer
    sign_in()


@contextlib.contextmanager
def use_workspace(use_tracking_uri):
    """Stands in for the tracking URI that an autouse fixture sets, which names a database on the disk."""
    import mlflow

    global of_this_test
    of_this_test = new_workspace()
    try:
        with use_tracking_uri(of_this_test):
            mlflow.set_registry_uri(None)
            yield of_this_test
    finally:
        of_this_test = None


# Folders that stand for the artifacts of a run, with their address.
folders = {}


def local_path_of(uri: str) -> str:
    """Stands in for mlflow.utils.file_utils.local_file_uri_to_path: where tests look at what they logged."""
    from mlflow.utils.file_utils import local_file_uri_to_path

    scheme = "mlflow-artifacts:"
    if not uri.startswith(scheme):
        return local_file_uri_to_path(uri)
    uri = scheme + posixpath.normpath(uri[len(scheme) :])
    path = os.path.join(tempfile.mkdtemp(), posixpath.basename(uri))
    download(path, uri)
    folders[path] = uri
    return path


def download(path: str, uri: str):
    """A file or a folder; what is not there yet looks like an empty folder."""
    import mlflow

    try:
        mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=os.path.dirname(path))
    except mlflow.exceptions.MlflowException:
        os.makedirs(path, exist_ok=True)


def look(event: str, args):
    """Tests name the folder, log, and then look: so what is in it is fetched when they look."""
    if event not in ("open", "os.listdir", "os.scandir") or not folders or not isinstance(args[0], str):
        return
    for path in [path for path in folders if args[0] == path or args[0].startswith(path + os.sep)]:
        uri = folders.pop(path)
        download(path, uri)
        folders[path] = uri


sys.addaudithook(look)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session, config, items):
    import tests.conftest as conftest

    # Its own server has two stores, and some tests run on both; here is one.
    items[:] = [item for item in items if not stores_files(item)]
    use_tracking_uri = conftest._use_tracking_uri
    conftest._use_tracking_uri = lambda _database: use_workspace(use_tracking_uri)
    for module in {item.module for item in items}:
        if hasattr(module, "local_file_uri_to_path"):
            module.local_file_uri_to_path = local_path_of


def stores_files(item) -> bool:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return "file" in (params.get("store_type"), params.get("client"))


class Outcomes:
    """What became of each item: passed, failed, skipped, xfailed, xpassed."""

    def __init__(self):
        self.outcomes = {}
        self.messages = {}

    def pytest_runtest_logreport(self, report):
        expected = hasattr(report, "wasxfail")
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
            crash = getattr(report.longrepr, "reprcrash", None)
            self.messages[report.nodeid] = crash.message if crash else str(report.longrepr)[-2000:]
        elif report.when == "call" or report.skipped:
            named = {"passed": "xpassed", "skipped": "xfailed"} if expected else {}
            self.outcomes[report.nodeid] = named.get(report.outcome, report.outcome)

    def pytest_sessionfinish(self, session):
        with open(os.environ["TRAINYARD_REPORT"], "w") as file:
            json.dump({"outcomes": self.outcomes, "messages": self.messages}, file)


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(Outcomes())
