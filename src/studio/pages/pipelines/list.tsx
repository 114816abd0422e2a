import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { Schedules } from "./schedules.tsx";

const columns: Column<PublishedPipeline>[] = [
  {
    ...{ id: "name", header: "Pipeline", sort: ({ name }) => name },
    cell: ({ name, description }) => (
      <Link to="/pipelines/$name" params={{ name }} className="ty-cover">
        {name}
        {description && <span className="ty-cell-note">{description}</span>}
      </Link>
    ),
  },
  { id: "version", header: "Version", align: "right", cell: ({ version }) => version },
  { id: "steps", header: "Steps", align: "right", sort: ({ steps }) => steps, cell: ({ steps }) => steps },
  { id: "inputs", header: "Inputs", cell: ({ inputs }) => Object.keys(inputs).join(", ") },
  { id: "by", header: "Published by", cell: ({ createdBy }) => createdBy.name },
  { id: "at", header: "When", align: "right", cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

/** Published pipelines, and the schedules that start them. */
export function PipelinesPage() {
  const params = { workspace: useWorkspace() };
  const pipelines = useQuery(query("pipeline", "list", { params }));
  const schedules = useQuery({ ...query("schedule", "list", { params }), refetchInterval: 10_000 });
  return (
    <Page title="Pipelines" lead="Definitions under a name, started by people, programs and schedules.">
      <Loaded query={pipelines}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No pipelines yet" commands={["trainyard pipeline publish retrain -f pipelines/train.yml"]}>
              Publish a pipeline to start it by name, with other values for its inputs, and on a schedule.
            </Empty>
          ) : (
            <Section title="Published" flush>
              <DataTable label="Pipelines" rows={items} columns={columns} rowKey={({ name }) => name} />
            </Section>
          )
        }
      </Loaded>
      <Loaded query={schedules}>
        {({ items }) =>
          items.length > 0 && (
            <Section title="Schedules" flush>
              <Schedules items={items} />
            </Section>
          )
        }
      </Loaded>
    </Page>
  );
}
