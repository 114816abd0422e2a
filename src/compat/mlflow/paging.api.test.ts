import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  json: any;
}

interface Kind {
  make(): Promise<unknown>;
  find(query: object): Promise<Answer>;
  id(item: Answer["json"]): string;
  /** Where the answer has the items. */
  list: string;
  /** What makes it another search. */
  other?: object;
}

const count = 23;

describe.each(databases)("pages of the MLflow REST API on %s", (database) => {
  let app: TestApp;
  let token: string;
  let made = 0;

  async function post(path: string, body: unknown, method = "POST"): Promise<Answer> {
    const response = await app.fetch(`http://localhost/api/2.0/mlflow${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  }

  function get(path: string, query: Record<string, unknown>) {
    const texts = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) for (const one of [value].flat()) texts.append(key, String(one));
    return post(`${path}?${texts}`, undefined, "GET");
  }

  /** Names in no order, so that new ones come before, between and after those that are there. */
  const name = () => `n${(made++ * 37) % 101}x${made}`;

  async function logModel() {
    const { json } = await post("/logged-models", { experiment_id: "0", name: "m", model_type: `t${made++ % 3}` });
    const { model_id } = json.model.info;
    const run = (await post("/runs/create", { experiment_id: "0" })).json.run.info.run_id;
    const metric = { run_id: run, key: "loss", value: (made * 7) % 5, timestamp: 1, step: 0, model_id };
    if (made % 4 > 0) await post("/runs/log-metric", metric);
  }

  const kinds = {
    experiments: {
      make: () => post("/experiments/create", { name: name() }),
      find: (query: object) => get("/experiments/search", { ...query }),
      id: (item: Answer["json"]) => item.experiment_id,
      list: "experiments",
    },
    models: {
      make: () => post("/registered-models/create", { name: name() }),
      find: (query: object) => get("/registered-models/search", { ...query }),
      id: (item: Answer["json"]) => item.name,
      list: "registered_models",
    },
    versions: {
      make: () => post("/model-versions/create", { name: `of ${made++ % 3}`, source: "s3://bucket/files" }),
      find: (query: object) => get("/model-versions/search", { ...query }),
      id: (item: Answer["json"]) => `${item.name} ${item.version}`,
      list: "model_versions",
    },
    "logged models": {
      make: logModel,
      find: (query: object) => post("/logged-models/search", { experiment_ids: ["0"], ...query }),
      id: (item: Answer["json"]) => item.info.model_id,
      list: "models",
    },
    "data sets": {
      make: () => post("/../../3.0/mlflow/datasets/create", { name: name() }),
      find: (query: object) => post("/../../3.0/mlflow/datasets/search", query),
      id: (item: Answer["json"]) => item.dataset_id,
      list: "datasets",
      other: { filter_string: "name = 'x'" },
    },
    issues: {
      make: () => post("/../../3.0/mlflow/issues", { experiment_id: "0", name: name(), description: "wrong" }),
      find: (query: object) => post("/../../3.0/mlflow/issues/search", query),
      id: (item: Answer["json"]) => item.issue_id,
      list: "issues",
      other: { experiment_id: "0" },
    },
  };

  beforeAll(async () => {
    app = await createTestApp({ database });
    token = await app.tokenOf("owner");
    for (const number of [0, 1, 2]) await post("/registered-models/create", { name: `of ${number}` });
    for (const kind of Object.values(kinds)) for (let index = 0; index < count; index++) await kind.make();
  });
  afterAll(() => app.stop());

  const field = (field_name: string, ascending: boolean) => ({ field_name, ascending });
  const cases: [keyof typeof kinds, unknown[]][] = [
    ["experiments", []],
    ["experiments", ["name DESC"]],
    ["experiments", ["last_update_time ASC", "name"]],
    ["models", []],
    ["models", ["name DESC"]],
    ["models", ["last_updated_timestamp DESC"]],
    ["versions", []],
    ["versions", ["name DESC", "version_number"]],
    ["versions", ["creation_timestamp"]],
    ["logged models", []],
    ["logged models", [field("metrics.loss", true)]],
    ["logged models", [field("metrics.loss", false), field("model_type", true)]],
    ["logged models", [field("source_run_id", true), field("creation_time", false)]],
    ["data sets", []],
    ["data sets", ["name ASC"]],
    ["data sets", ["last_update_time DESC"]],
    ["issues", []],
  ];

  it.each(cases)(
    "of %s by %j neither repeat nor lose what was there, whatever is made meanwhile",
    async (kind, order_by) => {
      const { make, find, id, list } = kinds[kind];
      const all = (await find({ order_by, max_results: 1000 })).json;
      expect(all.next_page_token ?? "").toBe("");
      const before: string[] = all[list].map(id);
      expect(before.length).toBeGreaterThanOrEqual(count);
      const seen: string[] = [];
      let page_token: string | undefined;
      do {
        const { json } = await find({ order_by, max_results: 4, ...(page_token ? { page_token } : {}) });
        seen.push(...json[list].map(id));
        page_token = json.next_page_token;
        // Fewer than a page, or those that come last would never end.
        await make();
      } while (page_token);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((one) => before.includes(one))).toEqual(before);
    },
  );

  it.each(Object.keys(kinds) as (keyof typeof kinds)[])("of %s refuse a token of another search", async (kind) => {
    const { find, other: search = { filter: "name = 'x'" } } = kinds[kind] as Kind;
    const { json } = await find({ max_results: 1 });
    const other = { max_results: 1, ...search, page_token: json.next_page_token };
    for (const query of [other, { max_results: 1, page_token: "x" }]) {
      const { status, json } = await find(query);
      expect([status, json.error_code, json.message]).toEqual([
        400,
        "INVALID_PARAMETER_VALUE",
        expect.stringContaining("Invalid page token"),
      ]);
    }
  });
});
