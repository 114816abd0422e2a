// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { expect, it } from "vitest";
import { problemOfTrigger } from "../../platform/calendar/due.ts";
import { checkFile } from "./check.ts";
import { digestOf, filesInMemory } from "./testing.ts";

const files = {
  "data/a.csv": "1",
  "docker/Dockerfile": "FROM x",
  "job.yml": "command: ls\ninputs: { a: 5 }",
  "conda.yml": "dependencies: [python]",
};
const filesOfJob = { "job.yml": files["job.yml"] };
const look = (yaml: string, others: Record<string, string> = files) =>
  checkFile(filesInMemory({ ...others, "f.yml": yaml }), "f.yml", {
    set: {},
    findEnvironment: async () => undefined,
    checkTrigger: (trigger) => problemOfTrigger(trigger, Date.UTC(2026, 0, 1)),
  });
const assetOf = async (yaml: string) => {
  const { asset, issues } = await look(yaml);
  expect(issues).toEqual([]);
  return asset;
};
const schema = (name: string) => `$schema: https://azuremlschemas.azureedge.net/latest/${name}.schema.json\n`;

it.each([
  [
    "name: d\nversion: 3\ntype: uri_file\npath: data/a.csv",
    { kind: "data", version: "3", tree: digestOf({ "a.csv": "1" }) },
  ],
  [
    `${schema("data")}name: d\npath: wasbs://c@a.blob.core.windows.net/x/`,
    { type: "uri_folder", tree: null, source: { from: "url", url: "wasbs://c@a.blob.core.windows.net/x/" } },
  ],
  [`${schema("model")}name: m\ntype: mlflow_model\npath: ./data`, { kind: "model", type: "mlflow_model" }],
  [`${schema("model")}name: m\npath: ./data`, { kind: "model", type: "custom_model" }],
  [
    `${schema("model")}name: m\npath: azureml://jobs/j/outputs/artifacts/paths/model/`,
    { source: { from: "job", job: "j", output: "artifacts", path: "model" } },
  ],
  [`${schema("model")}name: m\npath: ./data\ntags: { sizes: [1, 2] }\nsystem_metadata: { a: 1 }`, { kind: "model" }],
  [
    `${schema("model")}name: m\nversion: 4\ndescription: d\ntags: { team: fraud }\npath: ./data`,
    { kind: "model", version: "4", description: "d", tags: { team: "fraud" } },
  ],
  [`${schema("model")}name: m\npath: runs:/r/model`, { source: { from: "run", run: "r", path: "model" } }],
  [
    "name: e\nimage: ubuntu:24.04\nconda_file: conda.yml",
    { kind: "environment", environment: { image: "ubuntu:24.04" } },
  ],
  [
    "name: e\nbuild: { path: docker }",
    { environment: { build: { dockerfile: "Dockerfile", context: digestOf({ Dockerfile: "FROM x" }) } } },
  ],
  [
    `${schema("azureBlob")}name: s\ntype: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials: { account_key: secret }`,
    { kind: "datastore", type: "azure_blob", settings: { account_name: "a", container_name: "c" } },
  ],
  ["name: s\ntype: local\npath: /srv/data", { kind: "datastore", settings: { path: "/srv/data" } }],
  [
    "name: c\ntype: amlcompute\nsize: x\nmax_instances: 4",
    { kind: "compute", compute: { kind: "local", limit: { steps: 4, cpus: null } } },
  ],
  [
    "name: c\ntype: container\nlimits: { steps: 2, memory_mb: 100 }\nnetwork: true",
    {
      type: "container",
      compute: { kind: "container", network: true, limit: { steps: 2, memoryMb: 100, gpus: null } },
    },
  ],
  [
    `${schema("oneLake")}name: s\ntype: one_lake\none_lake_workspace_name: w\nartifact: { name: lake, type: lake_house }`,
    { settings: { one_lake_workspace_name: "w", artifact: "lake" } },
  ],
  ["type: command\nname: t\nversion: 2\ncommand: ls", { kind: "component", name: "t", version: "2", type: "command" }],
])("%s", async (yaml, expected) => {
  expect(await assetOf(yaml)).toMatchObject(expected);
});

const weekly = "name: s\ntrigger: { type: recurrence, frequency: week, interval: 1, ";
const daily = "name: s\ntrigger: { type: recurrence, frequency: day, interval: 1, ";

it.each([
  [
    `${weekly}schedule: { hours: [4, 12], minutes: 30, weekdays: [monday] }, time_zone: W. Europe Standard Time }\ncreate_job: azureml:p:2`,
    {
      job: { name: "p", version: "2" },
      trigger: { hours: [4, 12], minutes: [30], weekDays: ["monday"], timeZone: "Europe/Berlin" },
    },
  ],
  [
    `${weekly}pattern: { hours: 4, week_days: [Tue] }, timezone: Europe/Berlin, start_time: "2026-07-10T10:00:00" }\ncreate_job: { job: ./job.yml, inputs: { a: 1 } }`,
    {
      job: { definition: { inputs: { a: { binding: { value: 1 } } }, steps: { main: { command: "ls" } } } },
      inputs: {},
      trigger: { weekDays: ["tuesday"], startTime: Date.UTC(2026, 6, 10, 8) },
    },
  ],
  [
    'name: s\ntrigger: { type: cron, expression: "15 16 * * 1", start_time: "2026-01-10T10:00:00+02:00" }\ncreate_job: ./job.yml',
    { enabled: true, trigger: { type: "cron", expression: "15 16 * * 1", startTime: Date.UTC(2026, 0, 10, 8) } },
  ],
  [`is_enabled: false\n${daily}}\ncreate_job: ./job.yml`, { enabled: false }],
])("a schedule: %s", async (yaml, expected) => {
  expect(await assetOf(yaml)).toMatchObject({ kind: "schedule", ...expected });
});

it("takes a job in place, and values that are known when it is due", async () => {
  const inPlace = `${daily}}\ncreate_job: { type: command, command: ls, inputs: { a: 1 } }`;
  expect(await assetOf(inPlace)).toMatchObject({ job: { definition: { steps: { main: { command: "ls" } } } } });
  const text = `${daily}}\ncreate_job: { job: ./job.yml, inputs: { b: "\${{name}}", a: "\${{creation_context.trigger_time}}" }, experiment_name: nightly }`;
  const files = { ...filesOfJob, "job.yml": "command: ls\ninputs: { a: x, b: { type: string, value: y } }" };
  const { asset, issues } = await look(text, files);
  expect(issues).toEqual([]);
  expect(asset).toMatchObject({
    inputs: { a: "${{creation_context.trigger_time}}", b: "${{name}}" },
    job: { definition: { experiment: "nightly", inputs: { b: { type: "string", binding: { value: "y" } } } } },
  });
});

it.each([
  ["create_job: ./broken.yml", "broken.yml:1:1 unknown field"],
  ["create_job: { job: ./job.yml, inputs: { aa: 1 } }", 'f.yml:3:41 the job has no input "aa"'],
  ["create_job: { job: ./job.yml, setings: { force_rerun: true } }", 'f.yml:3:31 unknown field "setings"'],
  ["create_job: { inputs: { a: 1 } }", 'f.yml:3:13 the job of a schedule needs the field "job"'],
  ["create_job: ./none.yml", 'f.yml:3:13 the job file "./none.yml" is not there'],
])("checks the job when the schedule is made: %s", async (job, expected) => {
  const found = await look(`${daily}}\n${job}`, { ...filesOfJob, "broken.yml": "comand: ls\ncommand: ls" });
  expect(found.issues.map(({ at, message }) => `${at} ${message}`)[0]).toContain(expected);
});

const cronOf = (trigger: string) => `name: s\ntrigger: { type: cron, ${trigger} }\ncreate_job: ./job.yml`;
const pattern = (trigger: string) => `${trigger} }\ncreate_job: ./job.yml`;

it.each([
  [cronOf("expression: '61 * * * *'"), 'f.yml:2:36 "61 * * * *" is no cron expression: "61" is no minute'],
  [cronOf("expression: '0 0 30 2 *'"), "f.yml:2:10 the trigger is never due"],
  [
    cronOf("expression: '* * * * *', start_time: '2026-02-01', end_time: '2026-01-01'"),
    "f.yml:2:85 the end time of a trigger must be after its start time",
  ],
  ["name: s\ntrigger: { type: cron }\ncreate_job: ./job.yml", 'f.yml:2:10 a cron trigger needs the field "expression"'],
  [pattern(`${daily}schedule: { hours: 4, weekdays: [monday] }`), "f.yml:2:91 week days belong to the frequency week"],
  [pattern(`${daily}schedule: { hours: [4, 24] }`), 'f.yml:2:82 "24" is no hour (0 to 23)'],
  [pattern(`${daily}schedule: { minutes: [half] }`), 'f.yml:2:81 "half" is no minute (0 to 59)'],
  [pattern(`${weekly}schedule: { weekdays: [t] }`), 'f.yml:2:83 "t" is no day of the week'],
  [pattern(`${weekly}schedule: { weekdays: [mondy] }`), 'f.yml:2:83 "mondy" is no day of the week'],
  [
    `${daily}}\ncreate_job: { job: ./job.yml, inputs: { a: "\${{creation_context.data_version}}" } }`,
    "f.yml:3:44 ${{creation_context.data_version}} is only known to a schedule that new data starts",
  ],
  [
    `${daily}}\ncreate_job: { job: azureml:p, inputs: { a: "\${{creation_context.trigger_tim}}" } }`,
    "f.yml:3:44 ${{creation_context.trigger_tim}} is not known when a schedule starts its pipeline",
  ],
])("finds what is wrong with a trigger: %s", async (yaml, expected) => {
  const { issues } = await look(yaml);
  expect(issues.map(({ at, message }) => `${at} ${message}`)[0]).toContain(expected);
  expect(issues).toHaveLength(1);
});

it("looks a published pipeline up", async () => {
  const lookups = { set: {}, findEnvironment: async () => undefined };
  const checkPipeline = async (name: string, version?: string) =>
    version === "1" ? undefined : { message: `there is no ${name} ${version ?? "at all"}` };
  const issuesOf = async (job: string) => {
    const source = filesInMemory({ "f.yml": `${daily}}\ncreate_job: ${job}` });
    const { issues } = await checkFile(source, "f.yml", { ...lookups, checkPipeline });
    return issues.map(({ at, message }) => `${at} ${message}`);
  };
  expect(await issuesOf("azureml:p:1")).toEqual([]);
  expect(await issuesOf("{ job: azureml:p:2 }")).toEqual(["f.yml:3:20 there is no p 2"]);
  expect(await issuesOf("azureml:p")).toEqual(["f.yml:3:13 there is no p at all"]);
});

it.each([
  ["name: d\ntype: uri_fille\npath: x", "f.yml:2:7 the type of data is one of", "wrong"],
  [
    `${schema("model")}name: m\nversion: 1.0.2\npath: ./data`,
    'f.yml:3:10 "1.0.2" cannot be the version of a model',
    "wrong",
  ],
  [`${schema("data")}name: d\npath: ./nope`, 'f.yml:3:7 the path "./nope" is not there', "incomplete"],
  [
    `${schema("data")}name: d\ntype: uri_file\npath: ./data`,
    'f.yml:4:7 "./data" is a folder, but the type is uri_file',
    "wrong",
  ],
  [
    `${schema("model")}name: m\npath: git+https://example.org/code#main:model`,
    "f.yml:3:7 a git URL as the path of a model",
    "refused",
  ],
  ["name: e\nbuild: { path: data }", 'f.yml:2:16 there is no file "Dockerfile" in the build context', "incomplete"],
  [
    "name: s\ntype: azure_blob\naccount_name: a\ncontaner_name: c\ncontainer_name: c",
    'f.yml:4:1 unknown field "contaner_name"',
    "wrong",
  ],
  ["name: s\ntype: azure_file\naccount_name: a", 'needs the field "file_share_name"', "wrong"],
  ["name: c\ntype: kubernetes\nresource_id: x", "f.yml:2:7 a Kubernetes cluster as a compute", "refused"],
  [
    "name: s\ntrigger: { type: cron, time_zone: Mars, expression: '* * * * *' }\ncreate_job: ./job.yml",
    'f.yml:2:35 "Mars" is not a time zone',
    "wrong",
  ],
  [
    "name: s\ntrigger: { type: cron, expression: '1 1 * * *' }\ncreate_monitor: { }",
    "f.yml:3:17 a monitor as a schedule",
    "refused",
  ],
  ["name: '{{asset.name}}'\ntype: amlcompute", "f.yml:1:7", "refused"],
  ["name: <YOUR_NAME>\ntype: amlcompute", 'f.yml:1:7 "<YOUR_NAME>" is still to be filled in', "refused"],
])("finds what is wrong: %s", async (yaml, expected, verdict) => {
  const found = await look(yaml);
  expect(found.issues.map(({ at, message }) => `${at} ${message}`)[0]).toContain(expected);
  expect(found.verdict).toBe(verdict);
});

it("keeps no credentials, and says so", async () => {
  const { asset, warnings } = await look(
    "name: s\ntype: azure_file\naccount_name: a\nfile_share_name: f\ncredentials: { sas_token: '?sv=1' }",
  );
  expect(JSON.stringify(asset)).not.toContain("sv=1");
  expect(warnings.map(({ message }) => message)).toEqual(['"credentials" has no effect here']);
});

it("looks into a pipeline component before it is registered", async () => {
  const pipeline = (lines: string[]) =>
    [
      ...[
        "type: pipeline",
        "name: p",
        "inputs:",
        "  rows: { type: integer, default: 5 }",
        "  data: { type: uri_folder }",
      ],
      ...["  note: { type: string, optional: true }", "jobs:", "  fit:", "    type: command", ...lines],
      ...["  judge:", "    type: command", "    command: cat ${{inputs.m}}", "    inputs:"],
      "      m: ${{parent.jobs.fit.outputs.model}}",
    ].join("\n");
  const messages = async (lines: string[]) => {
    const { issues } = await look(pipeline(lines));
    return issues.map(({ at, message }) => `${at.split(":").slice(1).join(":")} ${message}`);
  };
  const outputs = "    outputs: { model: { type: uri_folder } }";
  const inputs =
    "    inputs: { d: '${{parent.inputs.data}}', r: '${{parent.inputs.rows}}', n: '${{parent.inputs.note}}' }";
  const command = "    command: fit ${{inputs.d}} ${{inputs.r}} $[[${{inputs.n}}]]";
  expect(await messages([command, inputs, outputs])).toEqual([]);
  expect(await messages(["    command: fit ${{inputs.nope}}", outputs])).toEqual([
    '10:18 "nope" is not an input of the step "fit"',
  ]);
  expect(await messages(["    command: fit"])).toEqual(['15:10 the step "fit" has no output "model"']);
  expect(
    await messages(["    command: fit ${{inputs.d}}", "    inputs: { d: '${{parent.inputs.dta}}' }", outputs]),
  ).toEqual([expect.stringContaining('the pipeline has no input "dta"')]);
});
