import { type Delivery, type Webhook, webhookNouns } from "../../contract/webhook.ts";
import { connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { print, printData, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

interface CreateFlags {
  event: string[];
  description: string;
  secret?: string;
  mlflow?: true;
}

interface UpdateFlags {
  name?: string;
  description?: string;
  send?: string;
  event?: string[];
  secret?: string;
  unsigned?: true;
  disable?: true;
  enable?: true;
}

export function addWebhook(program: Command): void {
  const noun = addNoun(program, "webhook", "addresses that are told about changes");
  noun
    .command("list")
    .description("list webhooks with their last delivery")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.webhook.list({ params, query: { limit: 1000 } });
      printList(
        options,
        items,
        [
          { title: "id", of: (webhook) => webhook.id },
          { title: "name", of: (webhook) => webhook.name },
          { title: "url", of: (webhook) => webhook.url },
          { title: "events", of: (webhook) => webhook.events.join(", ") },
          { title: "state", of: (webhook) => webhook.state },
          { title: "last delivery", of: ({ lastDelivery: last }) => last && `${last.state} ${time(last.createdAt)}` },
        ],
        "No webhook yet. Make one: `trainyard webhook create <name> <url> --event 'release.*'`.",
      );
    });
  withExamples(
    noun
      .command("create <name> <url>")
      .description("tell an address about changes")
      .requiredOption("--event <types...>", `types of changes, such as release.* (nouns: ${webhookNouns.join(", ")})`)
      .option("--description <text>", "what it is for", "")
      .option("--secret <secret>", "sign what is sent with it")
      .option("--mlflow", "in MLflow's format, with MLflow's events such as model_version.created")
      .action(async (name: string, url: string, flags: CreateFlags, command: Command) => {
        const { client, params } = connect(globalOptions(command));
        const { event: events, mlflow, ...rest } = flags;
        const format = mlflow ? "mlflow" : "cloudevents";
        const webhook = await client.webhook.create({ params, body: { name, url, events, format, ...rest } });
        print(`webhook ${webhook.id}`);
      }),
    "trainyard webhook create chat https://example.com/hook --event 'release.*' monitor.alert --secret s3cret",
    "trainyard webhook create old https://example.com/hook --mlflow --event model_version.created",
  );
  noun
    .command("show <id>")
    .description("show a webhook")
    .action(async (id: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      printFacts(options, ...factsOf(await client.webhook.get({ params: { ...params, id } })));
    });
  noun
    .command("update <id>")
    .description("change a webhook; what is not named stays")
    .option("--name <name>", "another name")
    .option("--description <text>", "what it is for")
    .option("--send <url>", "where to send")
    .option("--event <types...>", "types of changes, in place of those before")
    .option("--secret <secret>", "sign with another secret")
    .option("--unsigned", "sign no more")
    .option("--disable", "send nothing until it is enabled again")
    .option("--enable", "send again, also what is waiting")
    .action(async (id: string, flags: UpdateFlags, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      const { send: url, event: events, unsigned, disable, enable, secret, ...rest } = flags;
      const wanted = disable ? ("disabled" as const) : enable ? ("active" as const) : undefined;
      const body = { ...rest, url, events, secret: unsigned ? null : secret, state: wanted };
      await client.webhook.update({ params: { ...params, id }, body });
      print(`webhook ${id} changed`);
    });
  noun
    .command("delete <id>")
    .description("delete a webhook and what it has not delivered")
    .action(async (id: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.webhook.delete({ params: { ...params, id } });
      print(`webhook ${id} deleted`);
    });
  noun
    .command("test <id>")
    .description("send an example now and show the answer")
    .action(async (id: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const result = await client.webhook.test({ params: { ...params, id }, body: {} });
      if (options.output !== "table") printData(options, result);
      else print(result.success ? `delivered: ${result.status} ${result.body ?? ""}` : `failed: ${result.error}`);
      if (!result.success) throw new Unsuccessful("");
    });
  noun
    .command("deliveries <id>")
    .description("list deliveries, newest first")
    .action(async (id: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.webhook.deliveries({ params: { ...params, id } });
      printList<Delivery>(
        options,
        items,
        [
          { title: "id", of: (delivery) => delivery.id },
          { title: "event", of: (delivery) => delivery.event },
          { title: "subject", of: (delivery) => delivery.subject },
          { title: "state", of: (delivery) => state(delivery.state) },
          { title: "attempts", of: (delivery) => delivery.attempts },
          { title: "created", of: (delivery) => time(delivery.createdAt) },
          { title: "next", of: (delivery) => time(delivery.nextAt) },
          { title: "why", of: (delivery) => delivery.error },
        ],
        "Nothing was delivered yet.",
      );
    });
  noun
    .command("redeliver <id> <delivery>")
    .description("send a delivery again")
    .action(async (id: string, delivery: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      const again = await client.webhook.redeliver({ params: { ...params, id, delivery } });
      print(`delivery ${again.id}`);
    });
}

const factsOf = (webhook: Webhook): [Webhook, [string, string | null][]] => [
  webhook,
  [
    ["name", webhook.name],
    ["description", webhook.description],
    ["url", webhook.url],
    ["format", webhook.format],
    ["events", webhook.events.join(", ")],
    ["state", webhook.state],
    ["signed", webhook.hasSecret ? "yes" : "no"],
    ["created", `${time(webhook.createdAt)} by ${webhook.createdBy.name}`],
    ["last delivery", webhook.lastDelivery && `${webhook.lastDelivery.state} ${webhook.lastDelivery.error ?? ""}`],
  ],
];
