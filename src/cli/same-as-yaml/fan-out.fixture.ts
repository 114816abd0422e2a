// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { defineBody, defineComponent, definePipeline, forEach, sweep } from "../../authoring/index.ts";
import type { Languages } from "./languages.fixture.ts";

/** Sweeps and loops. */
export function sweepsAndLoops(): Languages {
  const forest = defineComponent({
    command:
      "fit --alpha ${{inputs.alpha}} --rows ${{inputs.rows}} $[[--seed ${{inputs.seed}}]] --out ${{outputs.out}}",
    inputs: {
      rows: "uri_folder",
      alpha: { type: "number", default: 0.5 },
      depth: { type: "integer", default: 3, max: 9 },
      seed: { type: "integer", optional: true },
    },
    outputs: { out: "uri_folder" },
  });
  const region = defineComponent({
    command: "region ${{inputs.region}} ${{inputs.year}} ${{inputs.rows}}",
    inputs: { region: "string", year: { type: "integer", default: 2024 }, rows: "uri_folder" },
    outputs: { out: "uri_folder" },
    maxRetries: 1,
  });
  const list = defineComponent({ command: "list", outputs: { items: "uri_file", rows: "uri_folder" } });
  const both = defineBody({
    inputs: { region: "string", rows: "uri_folder" },
    steps({ region: name, rows }) {
      const first = region({ region: name, rows });
      const second = forest({ rows: first.outputs.out }, { after: [first], timeoutSeconds: 60 });
      return { steps: { first, second }, outputs: { out: second.outputs.out } };
    },
  });
  const grid = defineBody({
    inputs: { region: "string", rows: "uri_folder" },
    steps({ region: name, rows }) {
      const years = forEach(region, { of: [{ year: 2023 }, { year: 2024 }] }, { region: name, rows });
      return { steps: { years }, outputs: { out: years.outputs.out } };
    },
  });
  const pipeline = definePipeline({
    displayName: "job",
    experiment: "e",
    compute: "big",
    steps() {
      const listed = list({});
      const { rows } = listed.outputs;
      const tuned = sweep(
        forest,
        {
          searchSpace: { alpha: { type: "loguniform", min: -6, max: 0 }, depth: { type: "choice", values: [2, 4] } },
          objective: { goal: "minimize", primaryMetric: "rmse" },
          sampling: { type: "random", rule: "sobol", seed: 7 },
          earlyTermination: { type: "bandit", slackFactor: 0.1, evaluationInterval: 2, delayEvaluation: 5 },
          limits: { maxTotalTrials: 30, maxConcurrentTrials: 4, timeoutSeconds: 600, trialTimeoutSeconds: 60 },
        },
        { rows },
        {
          displayName: "Tune",
          resources: { cpus: 2 },
          maxRetries: 2,
          retry: { delaySeconds: 5 },
          network: true,
          maxAgeSeconds: 60,
        },
      );
      const records = [
        { region: "north", year: 2023 },
        { region: "south", year: 2024 },
      ];
      const each = forEach(
        region,
        { of: records, maxConcurrent: 3, maxFailures: 2 },
        { rows },
        { displayName: "Each" },
      );
      const open = forEach(region, { item: "region", of: listed.outputs.items }, { rows, year: 2025 });
      const several = forEach(both, { of: [{ region: "north" }] }, { rows }, { after: [each] });
      const nested = forEach(grid, { of: [{ region: "north" }] }, { rows });
      return { steps: { listed, tuned, each, open, several, nested }, outputs: { all: several.outputs.out } };
    },
  });
  const component = `
      type: command
      command: region \${{inputs.region}} \${{inputs.year}} \${{inputs.rows}}
      inputs:
        region: { type: string }
        year: { type: integer, default: 2024 }
        rows: { type: uri_folder }
      outputs: { out: { type: uri_folder } }`;
  const yaml = `
type: pipeline
display_name: job
experiment_name: e
settings: { default_compute: big }
outputs: { all: { type: uri_folder } }
jobs:
  listed:
    command: list
    outputs: { items: { type: uri_file }, rows: { type: uri_folder } }
  tuned:
    type: sweep
    display_name: Tune
    resources: { cpus: 2 }
    retry_settings: { max_retries: 2, delay: 5 }
    network: true
    max_age_seconds: 60
    trial: &fit
      type: command
      command: fit --alpha \${{inputs.alpha}} --rows \${{inputs.rows}} $[[--seed \${{inputs.seed}}]] --out \${{outputs.out}}
      inputs:
        rows: { type: uri_folder }
        alpha: { type: number, default: 0.5 }
        depth: { type: integer, default: 3, max: 9 }
        seed: { type: integer, optional: true }
      outputs: { out: { type: uri_folder } }
    search_space:
      alpha: { type: loguniform, min_value: -6, max_value: 0 }
      depth: { type: choice, values: [2, 4] }
    objective: { goal: minimize, primary_metric: rmse }
    sampling_algorithm: { type: random, rule: sobol, seed: 7 }
    early_termination: { type: bandit, slack_factor: 0.1, evaluation_interval: 2, delay_evaluation: 5 }
    limits: { max_total_trials: 30, max_concurrent_trials: 4, timeout: 600, trial_timeout: 60 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}" }
  by_record:
    component: &region ${component}
    retry_settings: { max_retries: 1 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}" }
  each:
    type: parallel_for
    display_name: Each
    body: \${{parent.jobs.by_record}}
    items: [{ region: north, year: 2023 }, { region: south, year: 2024 }]
    max_concurrency: 3
    error_threshold: 2
  by_item:
    component: *region
    retry_settings: { max_retries: 1 }
    inputs: { rows: "\${{parent.jobs.listed.outputs.rows}}", year: 2025 }
  open:
    type: parallel_for
    body: \${{parent.jobs.by_item}}
    items: \${{parent.jobs.listed.outputs.items}}
  both:
    type: pipeline
    inputs: { rows: { type: uri_folder, path: "\${{parent.jobs.listed.outputs.rows}}" }, region: north }
    outputs: { out: { type: uri_folder } }
    jobs:
      first:
        component: *region
        retry_settings: { max_retries: 1 }
        inputs: { rows: "\${{parent.inputs.rows}}", region: "\${{parent.inputs.region}}" }
      second:
        component: *fit
        after: [first]
        limits: { timeout: 60 }
        inputs: { rows: "\${{parent.jobs.first.outputs.out}}" }
        outputs: { out: "\${{parent.outputs.out}}" }
  several:
    type: parallel_for
    after: [each]
    body: \${{parent.jobs.both}}
    items: [{ region: north }]
    outputs: { out: "\${{parent.outputs.all}}" }
  grid:
    type: pipeline
    inputs: { rows: { type: uri_folder, path: "\${{parent.jobs.listed.outputs.rows}}" }, region: north }
    outputs: { out: { type: uri_folder } }
    jobs:
      by_year:
        component: *region
        retry_settings: { max_retries: 1 }
        inputs: { rows: "\${{parent.inputs.rows}}", region: "\${{parent.inputs.region}}" }
      years:
        type: parallel_for
        body: by_year
        items: [{ year: 2023 }, { year: 2024 }]
        outputs: { out: "\${{parent.outputs.out}}" }
  nested: { type: parallel_for, body: grid, items: [{ region: north }] }
`;
  return { pipeline, yaml };
}
