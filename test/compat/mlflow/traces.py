"""Traces by the unmodified mlflow client and a plain OpenTelemetry SDK; fails at the first surprise."""

import asyncio
import json
import os
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, SpanType
from mlflow.exceptions import MlflowException

client = MlflowClient()
checks = 0


def check(fact, what):
    global checks
    assert fact, what
    checks += 1


def refused(call, code, text=""):
    try:
        call()
    except MlflowException as error:
        check(error.error_code == code, f"{error.error_code} instead of {code}: {error}")
        check(text in str(error), f"{text!r} is not in {error}")
        return
    raise AssertionError(f"not refused with {code}")


@mlflow.trace(span_type=SpanType.RETRIEVER)
def find(question):
    return [f"a page about {question}"]


@mlflow.trace(span_type=SpanType.CHAIN, attributes={"flavour": "dry", "rank": 1})
def answer(question, fail=False):
    pages = find(question)
    with mlflow.start_span(name="model", span_type=SpanType.LLM) as span:
        span.set_inputs({"pages": pages, "id": 2**60 + 1})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})
        span.set_outputs({"text": "forty-two", "scores": [1.0, 0.5], "none": None, "empty": []})
    if fail:
        raise ValueError("no answer")
    return "forty-two"


def decorated():
    experiment = mlflow.set_experiment("traces")
    answer("life")
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    check(trace.info.experiment_id == experiment.experiment_id, "experiment")
    check(trace.info.state == "OK" and trace.info.execution_duration >= 0, trace.info)
    check(json.loads(trace.info.request_preview) == {"question": "life", "fail": False}, trace.info.request_preview)
    check("forty-two" in trace.info.response_preview, trace.info.response_preview)
    check(trace.info.token_usage["total_tokens"] == 10, trace.info.token_usage)
    check([span.name for span in trace.data.spans] == ["answer", "find", "model"], trace.data.spans)
    root, found, model = trace.data.spans
    check(root.parent_id is None and found.parent_id == root.span_id, "parents")
    check(root.attributes["flavour"] == "dry" and root.attributes["rank"] == 1, root.attributes)
    check(found.span_type == SpanType.RETRIEVER and found.outputs == ["a page about life"], found)
    check(model.inputs == {"pages": ["a page about life"], "id": 2**60 + 1}, model.inputs)
    check(model.outputs == {"text": "forty-two", "scores": [1.0, 0.5], "none": None, "empty": []}, model.outputs)
    try:
        answer("death", fail=True)
    except ValueError:
        pass
    failed = mlflow.get_trace(mlflow.get_last_active_trace_id())
    check(failed.info.state == "ERROR", failed.info.state)
    event = failed.data.spans[0].events[0]
    check(event.name == "exception" and event.attributes["exception.message"] == "no answer", event)
    return trace.info.trace_id, failed.info.trace_id


def of_a_run(trace_id):
    with mlflow.start_run() as run:
        answer("everything")
    inside = mlflow.get_last_active_trace_id()
    found = mlflow.search_traces(run_id=run.info.run_id, return_type="list")
    check([trace.info.trace_id for trace in found] == [inside], "run")
    client.link_traces_to_run([trace_id], run.info.run_id)
    found = mlflow.search_traces(run_id=run.info.run_id, return_type="list")
    check({trace.info.trace_id for trace in found} == {inside, trace_id}, "linked")


def searching(good, bad):
    def ids(filter_string, **options):
        return [t.info.trace_id for t in mlflow.search_traces(filter_string=filter_string, return_type="list", **options)]

    check(ids("trace.status = 'ERROR'") == [bad], "status")
    check(len(ids("name = 'answer'")) == 3, "name")
    check(len(ids("span.type = 'LLM' AND span.name = 'model'")) == 3, "span")
    check(len(ids("span.attributes.flavour = 'dry'")) == 3, "span attribute")
    check(ids("trace.text LIKE '%about death%'") == [bad], "text")
    check(len(ids("timestamp_ms > 0", max_results=2)) == 2, "max_results")
    check(ids("", order_by=["timestamp_ms ASC"])[0] == good, "order")
    page = client.search_traces(locations=[experiment_id()], max_results=2)
    rest = client.search_traces(locations=[experiment_id()], max_results=2, page_token=page.token)
    check(len(page) == 2 and len(rest) == 1 and rest.token is None, "pages")
    check(list(mlflow.search_traces().columns)[:2] == ["trace_id", "trace"], "frame")
    refused(lambda: ids("nothing.at = 'all'"), "INVALID_PARAMETER_VALUE", "nothing")


def experiment_id():
    return mlflow.get_experiment_by_name("traces").experiment_id


def tagging(trace_id):
    mlflow.set_trace_tag(trace_id, "team", "blue")
    check(mlflow.get_trace(trace_id).info.tags["team"] == "blue", "tag")
    found = mlflow.search_traces(filter_string="tags.team = 'blue'", return_type="list")
    check(len(found) == 1, "tag search")
    mlflow.delete_trace_tag(trace_id, "team")
    check("team" not in mlflow.get_trace(trace_id).info.tags, "tag deleted")
    refused(lambda: mlflow.delete_trace_tag(trace_id, "team"), "RESOURCE_DOES_NOT_EXIST")


def assessing(trace_id):
    human = AssessmentSource(source_type="HUMAN", source_id="ada")
    liked = mlflow.log_feedback(trace_id=trace_id, name="good", value=True, rationale="it is", source=human)
    mlflow.log_expectation(trace_id=trace_id, name="expected", value={"text": "42", "also": []}, source=human)
    mlflow.log_feedback(trace_id=trace_id, name="length", value=None, error=ValueError("not counted"))
    said = {a.name: a for a in mlflow.get_trace(trace_id).info.assessments}
    check(said["good"].value is True and said["good"].rationale == "it is", said["good"])
    check(said["expected"].value == {"text": "42", "also": []}, said["expected"])
    check(said["length"].error.error_message == "not counted", said["length"])
    mlflow.override_feedback(trace_id=trace_id, assessment_id=liked.assessment_id, value=False, source=human)
    check(mlflow.get_assessment(trace_id, liked.assessment_id).valid is False, "overridden")
    found = mlflow.search_traces(filter_string="feedback.good = 'false'", return_type="list")
    check([trace.info.trace_id for trace in found] == [trace_id], "feedback search")
    mlflow.update_assessment(
        trace_id=trace_id, assessment_id=said["length"].assessment_id, assessment=mlflow.entities.Feedback(name="length", value=9)
    )
    check(mlflow.get_assessment(trace_id, said["length"].assessment_id).value == 9, "updated")
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=said["length"].assessment_id)
    refused(lambda: mlflow.get_assessment(trace_id, said["length"].assessment_id), "RESOURCE_DOES_NOT_EXIST")


def autologging():
    from langchain_core.language_models.fake_chat_models import FakeListChatModel
    from langchain_core.prompts import ChatPromptTemplate

    mlflow.set_experiment("autologged traces")
    mlflow.langchain.autolog()
    chain = ChatPromptTemplate.from_template("Say {word}") | FakeListChatModel(responses=["hello"])
    check(chain.invoke({"word": "hello"}).content == "hello", "chain")
    mlflow.langchain.autolog(disable=True)
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    names = [span.name for span in trace.data.spans]
    check(names == ["RunnableSequence", "ChatPromptTemplate", "FakeListChatModel"], names)


def asynchronously():
    experiment = mlflow.set_experiment("asynchronous traces")
    mlflow.config.enable_async_logging(True)

    @mlflow.trace
    async def work(number):
        await asyncio.sleep(0.001)
        with mlflow.start_span("inner"):
            return number

    async def many():
        return await asyncio.gather(*(work(number) for number in range(20)))

    check(asyncio.run(many()) == list(range(20)), "work")
    mlflow.flush_trace_async_logging(terminate=True)
    mlflow.config.enable_async_logging(False)
    found = client.search_traces(locations=[experiment.experiment_id], max_results=50)
    check(len(found) == 20 and all(len(trace.data.spans) == 2 for trace in found), "all arrived")


def large():
    mlflow.set_experiment("large traces")
    with mlflow.start_span("root") as root:
        root.set_inputs({"text": "x" * 300_000})
        for number in range(50):
            with mlflow.start_span(f"step {number}"):
                pass
    trace = mlflow.get_trace(root.trace_id)
    check(len(trace.data.spans) == 51 and len(trace.data.spans[0].inputs["text"]) == 300_000, "large")


def plain_opentelemetry():
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(
        endpoint=os.environ["MLFLOW_TRACKING_URI"] + "/v1/traces",
        headers={"authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"},
        compression=Compression.Gzip,
    )
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("checkout", attributes={"items": 3, "tags": ["a", "b"]}) as root:
        with tracer.start_as_current_span("pay"):
            time.sleep(0.002)
    provider.shutdown()
    trace = mlflow.get_trace(f"tr-{root.get_span_context().trace_id:032x}")
    check(trace.info.experiment_id == "0", "default experiment")
    check([span.name for span in trace.data.spans] == ["checkout", "pay"], trace.data.spans)
    check(trace.data.spans[0].attributes["tags"] == ["a", "b"], trace.data.spans[0].attributes)
    check(trace.data.spans[0].attributes["service.name"] == "shop", "service")
    check(trace.data.spans[0].start_time_ns == root.start_time, "nanoseconds")


def mlflow_exporting_otlp():
    """The client with the ordinary exporter in place of its own."""
    from mlflow.tracing.processor.otel import OtelSpanProcessor
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    experiment = mlflow.set_experiment("exported traces")
    exporter = OTLPSpanExporter(
        endpoint=os.environ["MLFLOW_TRACKING_URI"] + "/v1/traces",
        headers={
            "authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}",
            "x-mlflow-experiment-id": experiment.experiment_id,
        },
    )
    processor = OtelSpanProcessor(exporter, export_metrics=False)
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider()
    provider.add_span_processor(processor)
    with provider.get_tracer("t").start_as_current_span("outside"):
        pass
    provider.shutdown()
    found = client.search_traces(locations=[experiment.experiment_id])
    check([trace.data.spans[0].name for trace in found] == ["outside"], found)


def old_client():
    """A client that cannot send spans keeps them in a file."""
    experiment = mlflow.set_experiment("traces in files")
    store = client._tracking_client.store
    real, type(store).log_spans = type(store).log_spans, unable
    try:
        with mlflow.start_span("kept in a file") as span:
            span.set_inputs({"n": 2**60 + 1})
            with mlflow.start_span("inner"):
                pass
    finally:
        type(store).log_spans = real
    trace = mlflow.get_trace(span.trace_id)
    check([s.name for s in trace.data.spans] == ["kept in a file", "inner"], trace.data.spans)
    check(trace.data.spans[0].to_dict() == span.to_dict(), "as it was")
    found = mlflow.search_traces(filter_string="span.name = 'inner'", return_type="list")
    check([t.info.trace_id for t in found] == [span.trace_id], experiment)


def unable(*arguments, **named):
    raise NotImplementedError


def deleting(trace_id):
    check(client.delete_traces(experiment_id(), trace_ids=[trace_id, "tr-none"]) == 1, "deleted")
    refused(lambda: client.get_trace(trace_id), "RESOURCE_DOES_NOT_EXIST")
    check(client.delete_traces(experiment_id(), max_timestamp_millis=2**42, max_traces=1) == 1, "one")
    check(client.delete_traces(experiment_id(), max_timestamp_millis=2**42) == 1, "the rest")
    check(client.search_traces(locations=[experiment_id()]) == [], "none left")


def main():
    good, bad = decorated()
    of_a_run(good)
    searching(good, bad)
    tagging(good)
    assessing(good)
    deleting(bad)
    autologging()
    asynchronously()
    large()
    plain_opentelemetry()
    mlflow_exporting_otlp()
    old_client()
    print(f"{checks} checks of traces with mlflow {mlflow.__version__}")


main()
