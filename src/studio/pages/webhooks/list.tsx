import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Webhook } from "../../../contract/webhook.ts";
import { query, useCan, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { NewWebhook } from "./new.tsx";

const columns: Column<Webhook>[] = [
  { id: "state", header: "State", width: 110, sort: (row) => row.state, cell: (row) => <State value={row.state} /> },
  {
    id: "name",
    header: "Webhook",
    sort: (row) => row.name,
    cell: (row) => (
      <Link to="/webhooks/$id" params={{ id: row.id }} className="ty-cover">
        {row.name}
        <span className="ty-cell-note">{row.url}</span>
      </Link>
    ),
  },
  {
    id: "events",
    header: "Told about",
    cell: (row) => row.events.map((event) => <Tag key={event}>{event}</Tag>),
  },
  {
    id: "last",
    header: "Last delivery",
    cell: ({ lastDelivery: last }) =>
      last ? (
        <>
          <State value={last.state} />
          {last.error && <span className="ty-cell-note">{last.error}</span>}
        </>
      ) : (
        <span className="ty-dim">none yet</span>
      ),
  },
  { id: "at", header: "When", align: "right", cell: (row) => <Ago at={row.lastDelivery?.createdAt ?? null} /> },
];

export function WebhooksPage() {
  const params = { workspace: useWorkspace() };
  const webhooks = useQuery({
    ...query("webhook", "list", { params, query: { limit: 1000 } }),
    refetchInterval: 10_000,
  });
  const [making, setMaking] = useState(false);
  const allowed = useCan("webhook:write");
  return (
    <Page
      title="Webhooks"
      lead="Addresses that are told about changes in this workspace."
      actions={
        <Button disabled={!allowed} onClick={() => setMaking(true)}>
          New webhook…
        </Button>
      }
    >
      <Modal opened={making} onClose={() => setMaking(false)} title="New webhook" size={560}>
        <NewWebhook onDone={() => setMaking(false)} />
      </Modal>
      <Loaded query={webhooks}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title="No webhooks yet"
              commands={["trainyard webhook create chat https://example.com/hook --event 'release.*'"]}
            >
              A webhook sends a signed message to an address whenever something happens that it asked for.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Webhooks" rows={items} columns={columns} rowKey={(row) => row.id} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
