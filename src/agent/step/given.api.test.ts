// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, expect, it } from "vitest";
import { definition, literal, params, step } from "../../features/job/job.fixture.ts";
import { sha256 } from "../../platform/digest.ts";
import { type AgentBench, startAgentBench } from "../agent.fixture.ts";

const nasty = `$(touch run) \`touch run\` ; touch run\n'quoted" ü *`;
let bench: AgentBench;
beforeAll(async () => {
  bench = await startAgentBench({ database: "sqlite" });
});
afterAll(() => bench.stop());

const out = { o: { type: "uri_folder" as const } };
/** Writes an input in three ways, and what else is there then. */
const show = (input: string) =>
  [
    `printf '<%s>' ${input} > \${{outputs.o}}/bare`,
    `printf '<%s>' "${input}" > \${{outputs.o}}/double`,
    `printf '<%s>' '${input}' > \${{outputs.o}}/single`,
    "ls | tr '\\n' ' ' > ${{outputs.o}}/left",
  ].join("\n");

async function outputOf(steps: Parameters<typeof definition>[0]): Promise<Record<string, string>> {
  const { id } = await bench.jobs.submit(definition(steps));
  const job = await bench.jobs.ended(id);
  expect(job.error).toBeNull();
  const { digest } = job.steps.find(({ name }) => name === "show")!.outputs.o!;
  const { files } = await bench.client.blob.getTree({ params: { ...params, digest } });
  const texts = files.map(async (file): Promise<[string, string]> => {
    const answer = await bench.client.blob.get({ params: { ...params, digest: file.digest } });
    return [file.path, await answer.text()];
  });
  return Object.fromEntries(await Promise.all(texts));
}

const found = { from: "step" as const, step: "find", output: "word" };
const inText = { from: "text" as const, parts: [literal("a ").binding, found] };

it.each([
  ["what an earlier step found", found, nasty],
  ["a text with that in it", inText, `a ${nasty}`],
])("keeps one word %s, and runs none of it", async (_, binding, expected) => {
  const input = { type: "string" as const, binding };
  const shown = await outputOf({
    find: step('printf %s "$FOUND" > ${{outputs.word}}', {
      environmentVariables: { FOUND: nasty },
      outputs: { word: { type: "string" } },
    }),
    show: step(show("${{inputs.word}}"), { outputs: out, inputs: { word: input } }),
  });
  const word = `<${expected}>`;
  expect(shown).toEqual({ bare: word, double: word, single: word, left: "logs outputs " });
});

it("leaves code alone that has files where the folders of a run would be", async () => {
  const body = new TextEncoder().encode("mine\n");
  const stored = await bench.client.blob.put({ params: { ...params, digest: sha256(body) }, body });
  const files = ["outputs", "logs"].map((path) => ({ path, ...stored }));
  const { digest: code } = await bench.client.blob.createTree({ params, body: { files } });
  const command = "cat outputs logs > ${{outputs.o}}/both";
  expect(await outputOf({ show: step(command, { code, outputs: out }) })).toEqual({ both: "mine\nmine\n" });
});

it("takes any name of a file", async () => {
  const path = '$(touch run) it\'s "new" ü.csv';
  const body = new TextEncoder().encode("a\n");
  const file = { path, ...(await bench.client.blob.put({ params: { ...params, digest: sha256(body) }, body })) };
  const { digest } = await bench.client.blob.createTree({ params, body: { files: [file] } });
  const data = { type: "uri_file" as const, binding: { from: "tree" as const, digest, path } };
  const shown = await outputOf({
    show: step(`cat \${{inputs.data}}\n${show("${{inputs.data}}")}`, { outputs: out, inputs: { data } }),
  });
  expect(shown.left).toBe("logs outputs ");
  expect(shown.bare).toMatch(/^<\/.*\/inputs\/data\/\$\(touch run\) it's "new" ü\.csv>$/);
  expect([shown.double, shown.single]).toEqual([shown.bare, shown.bare]);
});

it("inserts what the definition says as it is, as Azure ML does", async () => {
  const shown = await outputOf({
    show: step(show("${{inputs.two}}"), { outputs: out, inputs: { two: literal("a $(echo b)") } }),
  });
  expect(shown).toMatchObject({ bare: "<a><b>", double: "<a b>", single: "<a $(echo b)>" });
});
