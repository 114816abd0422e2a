import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Delivery } from "../../../contract/webhook.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { State } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

/** The last hundred. */
export function Deliveries({ id }: { id: string }) {
  const params = { workspace: useWorkspace(), id };
  const deliveries = useQuery({
    ...query("webhook", "deliveries", { params, query: { limit: 100 } }),
    refetchInterval: 5000,
  });
  const again = useAction("webhook", "redeliver");
  const allowed = useCan("webhook:write");
  const columns: Column<Delivery>[] = [
    { id: "state", header: "State", width: 120, cell: (row) => <State value={row.state} /> },
    { id: "event", header: "Event", cell: (row) => <code>{row.event}</code> },
    { id: "subject", header: "Of", cell: (row) => <Subject path={row.subject} /> },
    { id: "attempts", header: "Attempts", align: "right", cell: (row) => row.attempts },
    {
      id: "result",
      header: "Last result",
      cell: (row) => row.error ?? row.status ?? <span className="ty-dim">–</span>,
    },
    { id: "created", header: "Created", align: "right", cell: (row) => <Ago at={row.createdAt} /> },
    { id: "next", header: "Again", align: "right", cell: (row) => <Ago at={row.nextAt} /> },
    {
      id: "redeliver",
      header: "",
      align: "right",
      cell: (row) =>
        row.state !== "waiting" && (
          <Button
            variant="default"
            size="xs"
            disabled={!allowed}
            onClick={() => again.mutate({ params: { ...params, delivery: row.id } })}
          >
            Send again
          </Button>
        ),
    },
  ];
  return (
    <Loaded query={deliveries}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing was delivered yet">Messages appear here when something happens, or after a test.</Empty>
        ) : (
          <DataTable label="Deliveries" rows={items} columns={columns} rowKey={(row) => row.id} />
        )
      }
    </Loaded>
  );
}
