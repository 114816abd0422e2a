// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { translate } from "./testing.ts";

const pipeline = (jobs: string) => `
type: pipeline
inputs: { region: eu, deploy: true }
jobs:
  evaluate:
    command: python evaluate.py --out \${{outputs.metrics}} --rows \${{outputs.rows}}
    outputs: { metrics: { type: uri_file }, rows: { type: number } }
${jobs.replace(/^/gm, "  ")}
`;
const deploy = (more: string) =>
  pipeline(`deploy:
  command: ls
${more.replace(/^/gm, "  ")}`);
const stepsOf = async (yaml: string) => {
  const { definition, issues } = await translate({ "job.yml": yaml });
  expect(issues).toEqual([]);
  return definition!.steps;
};

describe("what Azure ML's language does not have", () => {
  const output = (name: string) => ({ from: "step", step: "evaluate", output: name });

  it.each([
    [
      "${{parent.jobs.evaluate.outputs.metrics.test.accuracy}} >= 0.9",
      { left: output("metrics"), field: ["test", "accuracy"], operator: ">=", right: 0.9 },
    ],
    ["${{parent.jobs.evaluate.outputs.rows}} > 100", { left: output("rows"), field: [], operator: ">", right: 100 }],
    [
      "${{parent.inputs.region}} != us west",
      { left: { from: "input", input: "region" }, field: [], operator: "!=", right: "us west" },
    ],
    [
      "${{parent.inputs.region}} == '1'",
      { left: { from: "input", input: "region" }, field: [], operator: "==", right: "1" },
    ],
    ["${{parent.inputs.deploy}}", { left: { from: "input", input: "deploy" }, field: [], operator: "==", right: true }],
  ])("when: %s", async (when, expected) => {
    const steps = await stepsOf(deploy(`when: ${JSON.stringify(when)}`));
    expect(steps.deploy!.when).toEqual(expected);
  });

  it("orders steps without data between them, bounds the age of results, forces a step", async () => {
    const steps = await stepsOf(deploy("after: evaluate\nmax_age_seconds: 3600\nforce_rerun: true"));
    expect(steps.deploy).toMatchObject({ after: ["evaluate"], maxAgeSeconds: 3600, forceRerun: true });
  });

  it("spaces retries, bounds the wait for an agent and the whole, opens the network, and says which job goes first", async () => {
    const retry = "retry_settings: { max_retries: 3, delay: 0.5, backoff: 2, max_delay: 60 }";
    const yaml = deploy(`${retry}\nnetwork: true\nlimits: { timeout: 60, queue_timeout: 30, deadline: 600 }`);
    const { definition } = await translate({ "job.yml": `limits: { timeout: 600 }\npriority: -3\n${yaml}` });
    expect(definition).toMatchObject({ timeoutSeconds: 600, priority: -3 });
    expect(definition!.steps.deploy).toMatchObject({
      maxRetries: 3,
      retry: { delaySeconds: 0.5, factor: 2, capSeconds: 60 },
      timeoutSeconds: 60,
      queueTimeoutSeconds: 30,
      deadlineSeconds: 600,
      network: true,
    });
  });

  it("takes a value of a step as a value", async () => {
    const steps = await stepsOf(
      pipeline(`use:
  command: use \${{inputs.rows}}
  inputs: { rows: "\${{parent.jobs.evaluate.outputs.rows}}" }`),
    );
    expect(steps.evaluate!.outputs.rows!.type).toBe("number");
    expect(steps.use!.inputs.rows).toMatchObject({ type: "number", binding: output("rows") });
  });

  it("waits for people at a gate", async () => {
    const steps = await stepsOf(
      pipeline(`review:
  type: gate
  message: Look at the metrics.
  approvers: [ada, ben]
  quorum: 2
  exclude_submitter: true
  timeout: 86400
  on_timeout: skip
  inputs: { metrics: "\${{parent.jobs.evaluate.outputs.metrics}}" }
deploy:
  command: ls
  after: [review]`),
    );
    expect(steps.review).toMatchObject({
      type: "gate",
      message: "Look at the metrics.",
      approvers: ["ada", "ben"],
      quorum: 2,
      excludeSubmitter: true,
      timeoutSeconds: 86_400,
      onTimeout: "skip",
      inputs: { metrics: { type: "uri_file", binding: output("metrics") } },
    });
    expect(steps.deploy!.after).toEqual(["review"]);
  });

  it.each([
    [deploy("when: sometimes"), /job.yml:\d+:\d+ "sometimes" is not a condition/],
    [deploy("when: ${{parent.inputs.region}} or ${{parent.inputs.deploy}}"), /is not a condition/],
    [deploy("when: ${{parent.inputs.regoin}} == eu"), /the pipeline has no input "regoin"/],
    [deploy("when: ${{parent.jobs.evaluate.outputs.metric}} > 1"), /the step "evaluate" has no output "metric"/],
    [deploy("after: [evalute]"), /there is no step "evalute"/],
    [deploy("after: deploy"), /in a circle: deploy needs deploy/],
    [pipeline("review:\n  type: gate\n  command: ls"), /unknown field "command" in the gate "review"/],
    [pipeline("review:\n  type: gate\n  quorum: 0"), /"quorum" must be a whole number from 1 to 100/],
    [pipeline('use:\n  command: use\n  inputs: { i: { type: boolean, path: "x" } }'), /boolean has no path/],
  ])("says what is wrong, and where: %#", async (yaml, message) => {
    const { issues } = await translate({ "job.yml": yaml });
    expect(issues.map((issue) => `${issue.at} ${issue.message}`).join("\n")).toMatch(message);
  });
});
