import { readFile } from "node:fs/promises";
import { invalid } from "../../contract/errors.ts";
import { connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { print, printData, printFacts, printList, state } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addEndpoint(program: Command): void {
  const noun = addNoun(program, "online-endpoint", "addresses that answer", ["endpoint"]);
  noun
    .command("list")
    .description("list endpoints")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.endpoint.list({ params });
      printList(
        options,
        items,
        [
          { title: "endpoint", of: (endpoint) => endpoint.name },
          {
            title: "deployments",
            of: (endpoint) =>
              endpoint.deployments
                .map((it) => `${it.name} ${it.model.name}:${it.model.version} ${it.traffic}% ${state(it.state)}`)
                .join(", "),
          },
          { title: "address", of: (endpoint) => endpoint.url },
        ],
        "No endpoint yet: a release makes them, or `trainyard online-endpoint create NAME`.",
      );
    });
  noun
    .command("show <name>")
    .description("deployments, traffic and figures")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const endpoint = await client.endpoint.get({ params: { ...params, name } });
      printFacts(options, endpoint, [
        ["endpoint", endpoint.name],
        ["address", endpoint.url],
        ["requests", endpoint.requests],
        ["errors", endpoint.errors],
        ["p50 / p99", endpoint.p50 === null ? "" : `${endpoint.p50.toFixed(2)} / ${endpoint.p99?.toFixed(2)} ms`],
        ["collected", `${endpoint.collectedRows} rows`],
        ["example", JSON.stringify(endpoint.example)],
      ]);
    });
  noun
    .command("create <name>")
    .description("create an endpoint")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const endpoint = await client.endpoint.create({ params, body: { name } });
      printFacts(options, endpoint, [["endpoint", endpoint.name]]);
    });
  noun
    .command("deploy <endpoint> <deployment>")
    .description("deploy a model version; it gets no traffic yet")
    .requiredOption("--model <reference>", "what to deploy: churn:3, churn@champion, sha256:…")
    .action(async (name: string, deployment: string, flags: { model: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = { model: flags.model };
      const created = await client.endpoint.deploy({ params: { ...params, name, deployment }, body });
      printFacts(options, created, [
        ["deployment", created.name],
        ["state", state(created.state)],
      ]);
    });
  const traffic = noun
    .command("traffic <name> <shares...>")
    .description("split requests over deployments")
    .action(async (name: string, shares: string[], _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const split = Object.fromEntries(shares.map((share) => share.split("="))) as Record<string, string>;
      const traffic = Object.fromEntries(Object.entries(split).map(([key, value]) => [key, Number(value)]));
      const endpoint = await client.endpoint.setTraffic({ params: { ...params, name }, body: { traffic } });
      printFacts(
        options,
        endpoint,
        endpoint.deployments.map((it) => [it.name, `${it.traffic} %`]),
      );
    });
  withExamples(traffic, "trainyard online-endpoint traffic churn blue=90 green=10");
  const invoke = noun
    .command("invoke <name>")
    .description("send a request")
    .requiredOption("-r, --request-file <json>", "file with the request")
    .option("--deployment-name <name>", "send it to this deployment")
    .action(async (name: string, flags: { requestFile: string; deploymentName?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const request = await readRequest(flags.requestFile);
      const body = { request, deployment: flags.deploymentName };
      const answer = await client.endpoint.invoke({ params: { ...params, name }, body });
      printData(options.output === "table" ? { ...options, output: "json" } : options, answer.response);
      if (answer.status >= 400) throw new Unsuccessful(`The endpoint answered ${answer.status}.`);
    });
  withExamples(invoke, "trainyard online-endpoint invoke diabetes-prd --request-file request.json");
  noun
    .command("keys <name>")
    .description("the key that callers send as a bearer token")
    .action(async (name: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      print((await client.endpoint.keys({ params: { ...params, name } })).primary);
    });
}

async function readRequest(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}
