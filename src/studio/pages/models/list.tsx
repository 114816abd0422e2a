import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import type { z } from "zod";
import type { modelSchema } from "../../../contract/model.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

type Model = z.output<typeof modelSchema>;

const columns: Column<Model>[] = [
  {
    id: "name",
    header: "Model",
    sort: (model) => model.name,
    cell: (model) => (
      <Link to="/models/$name" params={{ name: model.name }} className="ty-cover">
        {model.name}
        {model.description && <span className="ty-cell-note">{model.description}</span>}
      </Link>
    ),
  },
  { id: "latest", header: "Latest", align: "right", cell: (model) => model.latest ?? "–" },
  {
    id: "versions",
    header: "Versions",
    align: "right",
    sort: (model) => model.versions,
    cell: (model) => count(model.versions),
  },
  {
    id: "aliases",
    header: "Aliases",
    cell: (model) => (
      <span className="ty-tags">
        {Object.entries(model.aliases).map(([alias, version]) => (
          <Tag key={alias} tone="accent">
            @{alias} → {version}
          </Tag>
        ))}
      </span>
    ),
  },
  {
    id: "updated",
    header: "Updated",
    align: "right",
    sort: (model) => model.updatedAt,
    cell: (model) => <Ago at={model.updatedAt} />,
  },
];

export function ModelsPage() {
  const params = { workspace: useWorkspace() };
  const [sought, setSought] = useState("");
  const contains = useDeferredValue(sought.trim()) || undefined;
  const found = query("model", "list", { params, query: { contains, limit: mostShown } });
  const models = useQuery({ ...found, placeholderData: keepPreviousData });
  return (
    <Page title="Models">
      <Loaded query={models}>
        {({ items, next }) =>
          items.length === 0 && contains === undefined ? (
            <Empty
              title="No models yet"
              commands={["trainyard model create churn ./model", "trainyard job create -f pipeline.yml"]}
            >
              Register a folder of model files, or let a pipeline step register its output.{" "}
              <code>mlflow.register_model</code> works as well.
            </Empty>
          ) : (
            <div className="ty-section">
              <div className="ty-models-search">
                <TextInput
                  aria-label="Search models"
                  placeholder="Search by name"
                  leftSection={<IconSearch size={15} aria-hidden />}
                  value={sought}
                  onChange={(event) => setSought(event.currentTarget.value)}
                />
              </div>
              <Found items={items} isCut={next !== undefined} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

/** More are found by searching, or on the command line. */
const mostShown = 200;

function Found({ items, isCut }: { items: Model[]; isCut: boolean }) {
  if (items.length === 0) return <p className="ty-quiet">No model is called so.</p>;
  return (
    <>
      <DataTable label="Models" rows={items} columns={columns} rowKey={(model) => model.name} />
      {isCut && <p className="ty-quiet">These are the first {mostShown} by name; search for the others.</p>}
    </>
  );
}
