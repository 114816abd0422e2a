import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { DataVersion } from "../../../contract/data.ts";
import { query, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes, count } from "../../parts/number.ts";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { ExpectationTable } from "./expectations.tsx";
import { Findings } from "./findings.tsx";
import { ProfileTable } from "./profile.tsx";

/** The versions of a data asset, and the profile and findings of the one that is chosen. */
export function DataAssetPage() {
  const { name } = useParams({ from: "/shell/data/$name" });
  const { version } = useSearch({ from: "/shell/data/$name" });
  const params = { workspace: useWorkspace(), name };
  const asset = useQuery({
    ...query("data", "get", { params }),
    refetchInterval: ({ state }) => (state.data?.items.some((item) => item.state === "checking") ? 1500 : false),
  });
  return (
    <Page
      crumbs={[
        <Link key="data" to="/data">
          Data
        </Link>,
      ]}
      title={name}
      subject={version === undefined ? `data/${name}` : `data/${name}/${version}`}
    >
      <Loaded query={asset} lines={8}>
        {({ items, latest, expectations }) => {
          const chosen = items.find((item) => item.version === (version ?? latest)) ?? items[0];
          const columns = columnsFor(name, latest);
          return items.length === 0 ? (
            <Empty title="This asset has no versions" />
          ) : (
            <>
              <Section title="Versions" flush>
                <DataTable
                  label="Versions"
                  rows={items}
                  columns={columns}
                  rowKey={(item) => item.version}
                  selected={(item) => item === chosen}
                />
              </Section>
              {chosen && <Version data={chosen} />}
              {expectations && <ExpectationTable expectations={expectations} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

const columnsFor = (name: string, latest: string | null): Column<DataVersion>[] => [
  {
    id: "version",
    header: "Version",
    cell: (item) => (
      <>
        <Link to="/data/$name" params={{ name }} search={{ version: item.version }} replace className="ty-cover">
          {item.version}
        </Link>{" "}
        {item.version === latest && <Tag>latest</Tag>}
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: (item) => <State value={item.state === "checking" ? "running" : item.state} label={item.state} />,
  },
  {
    id: "rows",
    header: "Rows",
    align: "right",
    cell: (item) => (item.profile ? count(item.profile.rows) : "–"),
  },
  { id: "size", header: "Size", align: "right", cell: (item) => bytes(item.size) },
  {
    id: "findings",
    header: "Findings",
    align: "right",
    cell: (item) => (item.findings.length > 0 ? <span className="ty-bad">{item.findings.length}</span> : "0"),
  },
  { id: "digest", header: "Content", cell: (item) => <Digest value={item.digest} /> },
  { id: "by", header: "By", cell: (item) => item.createdBy.name },
  { id: "created", header: "Created", align: "right", cell: (item) => <Ago at={item.createdAt} /> },
];

function Version({ data }: { data: DataVersion }) {
  return (
    <>
      {data.findings.length > 0 && <Findings data={data} />}
      <Section
        title={`Profile of version ${data.version}`}
        flush
        aside={
          <Facts
            columns
            items={[
              ["Type", data.type],
              [
                "Job",
                data.jobId && (
                  <Link to="/jobs/$id" params={{ id: data.jobId }} className="ty-link">
                    {data.jobId}
                  </Link>
                ),
              ],
            ]}
          />
        }
      >
        {data.description && <p className="ty-panel-text">{data.description}</p>}
        {data.profile ? (
          <ProfileTable profile={data.profile} />
        ) : (
          <p className="ty-quiet">
            {data.state === "checking"
              ? "Being profiled; this takes a moment."
              : "It could not be read, so it has no profile."}
          </p>
        )}
      </Section>
    </>
  );
}
