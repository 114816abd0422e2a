import { useQuery } from "@tanstack/react-query";
import type { AliasChange, StageChange } from "../../../contract/model.ts";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Section } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

const aliasColumns: Column<AliasChange>[] = [
  { id: "alias", header: "Alias", cell: ({ alias }) => <Tag tone="accent">@{alias}</Tag> },
  { id: "from", header: "From", align: "right", cell: ({ from }) => from ?? "–" },
  { id: "to", header: "To", align: "right", cell: ({ to }) => to ?? "–" },
  { id: "by", header: "By", cell: ({ by }) => by.name },
  { id: "reason", header: "Reason", cell: ({ reason }) => reason || <span className="ty-dim">–</span> },
  { id: "at", header: "When", align: "right", sort: ({ at }) => at, cell: ({ at }) => <Ago at={at} /> },
];

/** Where the aliases of a model pointed. */
export function AliasHistory({ name }: { name: string }) {
  const workspace = useWorkspace();
  const history = useQuery(query("model", "aliasHistory", { params: { workspace, name } }));
  return (
    <Section title="History of aliases" flush>
      <Loaded query={history}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="ty-quiet">No alias of this model was ever set.</p>
          ) : (
            <DataTable
              label="History of aliases"
              rows={items}
              columns={aliasColumns}
              rowKey={({ alias, at, to }) => `${alias} ${at} ${to}`}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

const stageColumns: Column<StageChange>[] = [
  { id: "version", header: "Version", cell: ({ version }) => version },
  { id: "from", header: "From", cell: ({ from }) => from },
  { id: "to", header: "To", cell: ({ to }) => <Tag>{to}</Tag> },
  { id: "by", header: "By", cell: ({ by }) => by.name },
  { id: "reason", header: "Reason", cell: ({ reason }) => reason || <span className="ty-dim">–</span> },
  { id: "at", header: "When", align: "right", sort: ({ at }) => at, cell: ({ at }) => <Ago at={at} /> },
];

/** How versions went through the stages; nothing where stages are not used. */
export function StageHistory({ name }: { name: string }) {
  const workspace = useWorkspace();
  const history = useQuery(query("model", "stageHistory", { params: { workspace, name } }));
  const items = history.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Section title="History of stages" flush>
      <DataTable
        label="History of stages"
        rows={items}
        columns={stageColumns}
        rowKey={({ version, at, to }) => `${version} ${at} ${to}`}
      />
    </Section>
  );
}
