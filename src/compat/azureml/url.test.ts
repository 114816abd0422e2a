// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { expect, it } from "vitest";
import { translate } from "./testing.ts";

it("takes URLs and paths of datastores as inputs and places of outputs", async () => {
  const yaml = `
type: pipeline
inputs:
  rows: { type: uri_file, path: https://example.org/rows.csv, mode: direct }
outputs:
  kept: { type: uri_file, path: 'azureml://datastores/store/paths/\${{name}}/kept.csv', mode: rw_mount }
jobs:
  a:
    command: cp \${{inputs.rows}} \${{outputs.o}}; ls \${{inputs.folder}} \${{outputs.own}}
    inputs:
      rows: \${{parent.inputs.rows}}
      folder: { type: uri_folder, path: wasbs://sets@account.blob.core.windows.net/deep }
      literal: https://example.org/stays-text
    outputs:
      o: \${{parent.outputs.kept}}
      own: { path: azureml://datastores/store/paths/own, mode: upload }
`;
  const { definition, issues } = await translate({ "job.yml": yaml });
  expect(issues).toEqual([]);
  expect(definition!.inputs.rows).toMatchObject({
    mode: "direct",
    binding: { from: "url", url: "https://example.org/rows.csv" },
  });
  expect(definition!.steps.a).toMatchObject({
    inputs: {
      rows: { binding: { from: "input", input: "rows" } },
      folder: { binding: { from: "url", url: "wasbs://sets@account.blob.core.windows.net/deep" } },
      literal: { type: "string", binding: { from: "literal", value: "https://example.org/stays-text" } },
    },
    outputs: {
      o: { type: "uri_file", url: "azureml://datastores/store/paths/${{name}}/kept.csv" },
      own: { type: "uri_folder", url: "azureml://datastores/store/paths/own" },
    },
  });
});
