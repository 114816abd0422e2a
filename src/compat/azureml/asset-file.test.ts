import { expect, it } from "vitest";
import { checkFile } from "./check.ts";
import { digestOf, filesInMemory } from "./testing.ts";

const files = {
  "data/a.csv": "1",
  "docker/Dockerfile": "FROM x",
  "job.yml": "command: ls",
  "conda.yml": "dependencies: [python]",
};
const look = (yaml: string) =>
  checkFile(filesInMemory({ ...files, "f.yml": yaml }), "f.yml", { set: {}, findEnvironment: async () => undefined });
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
    { type: "uri_folder", url: expect.stringContaining("wasbs") },
  ],
  [`${schema("model")}name: m\ntype: mlflow_model\npath: ./data`, { kind: "model", type: "mlflow_model" }],
  [`${schema("model")}name: m\npath: ./data`, { kind: "model", type: "custom_model" }],
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
  ["name: c\ntype: amlcompute\nsize: x\nmax_instances: 4", { kind: "compute", maxInstances: 4 }],
  ["type: command\nname: t\nversion: 2\ncommand: ls", { kind: "component", name: "t", version: "2", type: "command" }],
])("%s", async (yaml, expected) => {
  expect(await assetOf(yaml)).toMatchObject(expected);
});

const daily = "name: s\ntrigger: { type: recurrence, frequency: day, interval: 1, ";

it.each([
  [
    `${daily}schedule: { hours: [4, 12], minutes: 30, weekdays: [monday] }, time_zone: W. Europe Standard Time }\ncreate_job: azureml:p:2`,
    {
      job: { name: "p", version: "2" },
      trigger: { hours: [4, 12], minutes: [30], weekDays: ["monday"], timeZone: "Europe/Berlin" },
    },
  ],
  [
    `${daily}pattern: { hours: 4, week_days: [Tue] }, timezone: Europe/Berlin, start_time: "2026-07-10T10:00:00" }\ncreate_job: { job: ./job.yml, inputs: { a: 1 } }`,
    {
      job: { file: "job.yml" },
      inputs: { a: "1" },
      trigger: { weekDays: ["tuesday"], startTime: Date.UTC(2026, 6, 10, 8) },
    },
  ],
  [
    'name: s\ntrigger: { type: cron, expression: "15 16 * * 1", start_time: "2026-01-10T10:00:00+02:00" }\ncreate_job: ./job.yml',
    { trigger: { type: "cron", expression: "15 16 * * 1", startTime: Date.UTC(2026, 0, 10, 8) } },
  ],
])("a schedule: %s", async (yaml, expected) => {
  expect(await assetOf(yaml)).toMatchObject({ kind: "schedule", ...expected });
});

it.each([
  ["name: d\ntype: uri_fille\npath: x", "f.yml:2:7 the type of data is one of", "wrong"],
  [`${schema("data")}name: d\npath: ./nope`, 'f.yml:3:7 the path "./nope" is not there', "incomplete"],
  [
    `${schema("data")}name: d\ntype: uri_file\npath: ./data`,
    'f.yml:4:7 "./data" is a folder, but the type is uri_file',
    "wrong",
  ],
  [
    `${schema("model")}name: m\npath: azureml://jobs/j/outputs/o`,
    "f.yml:3:7 an output of another job as the path of a model",
    "refused",
  ],
  ["name: e\nbuild: { path: data }", 'f.yml:2:16 there is no file "Dockerfile" in the build context', "incomplete"],
  ["name: s\ntype: azure_blob\nacount_name: a", 'f.yml:3:1 unknown field "acount_name"', "wrong"],
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
