import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import { query, useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { BindingText } from "../jobs/binding.tsx";
import { NewSchedule } from "./new-schedule.tsx";
import { Schedules } from "./schedules.tsx";
import { StartPipeline } from "./start.tsx";
import { WithdrawButton } from "./withdraw.tsx";

const columnsFor = (allowed: boolean): Column<PublishedPipeline>[] => [
  { id: "version", header: "Version", sort: ({ version }) => version, cell: ({ version }) => version },
  { id: "description", header: "Description", cell: ({ description }) => description },
  { id: "digest", header: "Digest", cell: ({ digest }) => <Digest value={digest} chars={12} /> },
  { id: "code", header: "Code", cell: ({ code }) => code && <Commit {...code} /> },
  { id: "by", header: "By", cell: ({ createdBy }) => createdBy.name },
  { id: "at", header: "Published", cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { id: "withdrawn", header: "Withdrawn", cell: ({ withdrawn }) => withdrawn },
  {
    ...{ id: "do", header: "", align: "right" },
    cell: (pipeline) => <WithdrawButton pipeline={pipeline} allowed={allowed} />,
  },
];

const Commit = ({ commit, branch, dirty }: NonNullable<PublishedPipeline["code"]>) => (
  <>
    <Digest value={commit} chars={8} />{" "}
    <span className="ty-dim">{[branch && `on ${branch}`, dirty && "with changes"].filter(Boolean).join(", ")}</span>
  </>
);

/** A published pipeline: what it takes, its versions, its schedules, and the way to start it. */
export function PipelinePage() {
  const { name } = useParams({ from: "/shell/pipelines/$name" });
  const params = { workspace: useWorkspace() };
  const versions = useQuery(query("pipeline", "versions", { params: { ...params, name } }));
  const schedules = useQuery({ ...query("schedule", "list", { params }), refetchInterval: 10_000 });
  const columns = columnsFor(useCan("job:write"));
  const own = schedules.data?.items.filter(({ pipeline }) => pipeline === name) ?? [];
  return (
    <Loaded query={versions}>
      {({ items }) => {
        const newest = items.find(({ withdrawn }) => withdrawn === null) ?? items[0]!;
        const inputs = Object.entries(newest.inputs);
        return (
          <Page
            crumbs={[
              <Link key="list" to="/pipelines">
                Pipelines
              </Link>,
            ]}
            title={name}
            lead={newest.description}
            actions={<Actions pipeline={newest} versions={items} />}
          >
            <Section title={`Inputs of version ${newest.version}`}>
              {inputs.length === 0 ? (
                <p className="ty-quiet">It takes none.</p>
              ) : (
                <Facts
                  items={inputs.map(([input, { type, binding }]) => [
                    input,
                    <span key={input}>
                      <span className="ty-dim">{type}</span> <BindingText binding={binding} />
                    </span>,
                  ])}
                />
              )}
            </Section>
            <Section title="Schedules" flush={own.length > 0}>
              {own.length > 0 ? (
                <Schedules items={own} />
              ) : (
                <Empty
                  title="Nothing starts it by itself"
                  commands={[`trainyard schedule create nightly --pipeline ${name} --cron '30 2 * * *'`]}
                />
              )}
            </Section>
            <Section title="Versions" flush>
              <DataTable label="Versions" rows={items} columns={columns} rowKey={({ version }) => String(version)} />
            </Section>
          </Page>
        );
      }}
    </Loaded>
  );
}

function Actions({ pipeline, versions }: { pipeline: PublishedPipeline; versions: PublishedPipeline[] }) {
  const [open, setOpen] = useState<"start" | "schedule" | null>(null);
  const allowed = useCan("job:write");
  const why = allowed ? undefined : "Your role may not start jobs";
  const close = () => setOpen(null);
  return (
    <>
      <Button variant="default" disabled={!allowed} title={why} onClick={() => setOpen("schedule")}>
        New schedule…
      </Button>
      <Button
        disabled={!allowed || pipeline.withdrawn !== null}
        title={pipeline.withdrawn ?? why}
        onClick={() => setOpen("start")}
      >
        Start…
      </Button>
      <Modal opened={open === "start"} onClose={close} title={`Start ${pipeline.name}`} size={560}>
        {open === "start" && <StartPipeline pipeline={pipeline} onDone={close} />}
      </Modal>
      <Modal opened={open === "schedule"} onClose={close} title={`Schedule for ${pipeline.name}`} size={560}>
        {open === "schedule" && <NewSchedule versions={versions} onDone={close} />}
      </Modal>
    </>
  );
}
