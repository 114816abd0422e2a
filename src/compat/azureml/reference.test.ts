import { expect, it } from "vitest";
import { closest } from "../../contract/suggest.ts";
import { parseReference } from "./reference.ts";
import { resolvePath } from "./source.ts";

it.each([
  ["azureml:rows:1", { kind: "asset", name: "rows", version: "1" }],
  ["azureml:rows@latest", { kind: "asset", name: "rows", label: "latest" }],
  ["azureml:rows@champion", { kind: "asset", name: "rows", label: "champion" }],
  ["azureml:rows", { kind: "asset", name: "rows", label: "latest" }],
  ["azureml://models/m/versions/2", { kind: "asset", name: "m", version: "2" }],
  [
    "azureml://registries/azureml/environments/sk-1.5/labels/latest",
    { kind: "registry", registry: "azureml", noun: "environments", name: "sk-1.5", label: "latest" },
  ],
  [
    "azureml://registries/r/models/m/versions/3",
    { kind: "registry", registry: "r", noun: "models", name: "m", version: "3" },
  ],
  [
    "azureml://registries/r/components/c",
    { kind: "registry", registry: "r", noun: "components", name: "c", label: "latest" },
  ],
  [
    "azureml://datastores/d/paths/a/b",
    { kind: "remote", what: "a datastore path", url: "azureml://datastores/d/paths/a/b" },
  ],
  ["azureml://jobs/j/outputs/o/paths/p/q/", { kind: "job", job: "j", output: "o", path: "p/q" }],
  ["azureml://jobs/j/outputs/o", { kind: "job", job: "j", output: "o", path: "" }],
  [
    "azureml://subscriptions/s/resourcegroups/r/workspaces/w/jobs/j/outputs/artifacts/paths/model",
    { kind: "job", job: "j", output: "artifacts", path: "model" },
  ],
  ["azureml:/subscriptions/1/x", { kind: "remote", what: "a resource id of another workspace" }],
  ["azureml://subscriptions/1/x", { kind: "remote", what: "a resource id of another workspace" }],
  ["runs:/1/model", { kind: "run", run: "1", path: "model" }],
  ["runs:/1", { kind: "run", run: "1", path: "" }],
  ["https://x/y.csv", { kind: "remote", what: "a URL (https://)", url: "https://x/y.csv" }],
  ["wasbs://c@a/x", { kind: "remote", what: "a URL (wasbs://)", url: "wasbs://c@a/x" }],
  ["./data", { kind: "local", path: "./data" }],
  ["file:./data", { kind: "local", path: "./data" }],
  ["data", { kind: "local", path: "data" }],
])("%s", (text, expected) => {
  expect(parseReference(text)).toEqual(expected);
});

it.each([
  "azureml://jobs/j",
  "azureml://jobs/j/outputs/../x",
  "azureml://jobs/j/outputs/o/paths/../x",
  "runs:/",
  "runs:/1/../2",
  "azureml:",
  "azureml:a b:1",
  "azureml:../x:1",
  "azureml:a:",
  "azureml:a@",
  "",
])("%j is not one", (text) => {
  expect(parseReference(text)).toMatchObject({ kind: "invalid" });
});

it.each([
  ["a/b", "../c", "a/c"],
  ["a", ".", "a"],
  ["", "./x/", "x"],
  ["a", "..", ""],
  ["a", "b\\c", "a/b/c"],
  ["a", "../..", undefined],
  ["a", "b/../../../x", undefined],
  ["", "/etc", undefined],
  ["", "C:/x", undefined],
  ["", "~/x", undefined],
])("in folder %j, %j is %j", (folder, written, expected) => {
  expect(resolvePath(folder, written)).toBe(expected);
});

it.each([
  ["comand", "command"],
  ["COMMAND", "command"],
  ["inptus", "inputs"],
  ["zzz", undefined],
])("%s is close to %s", (word, expected) => {
  expect(closest(word, ["command", "inputs", "code"])).toBe(expected);
});
