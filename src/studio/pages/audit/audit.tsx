import { Button } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { AuditEvent } from "../../../contract/audit.ts";
import { client, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { JsonView } from "../../parts/json.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { Verify } from "./verify.tsx";

/** Every change: who, what, when, why; each row carries the hash of the one before it. */
export function AuditPage() {
  const workspace = useWorkspace();
  const { subject } = useSearch({ from: "/shell/audit" });
  const navigate = useNavigate();
  const [open, setOpen] = useState<number | null>(null);
  const events = usePages<AuditEvent>(["audit", workspace, subject], (after, signal) =>
    client.audit.list({ query: { workspace, subject, limit: 100, after } }, { signal }),
  );
  const columns: Column<AuditEvent>[] = [
    { id: "seq", header: "#", align: "right", width: 60, cell: (event) => <span className="ty-dim">{event.seq}</span> },
    { id: "at", header: "When", width: 110, cell: (event) => <Ago at={event.at} /> },
    { id: "actor", header: "Who", cell: (event) => event.actor.name },
    {
      id: "type",
      header: "What",
      cell: (event) => (
        <>
          <button
            type="button"
            className="ty-plain"
            aria-expanded={open === event.seq}
            onClick={() => setOpen(open === event.seq ? null : event.seq)}
          >
            {event.type}
          </button>
          {open === event.seq && <JsonView value={event.data} label="data of the change" />}
        </>
      ),
    },
    { id: "subject", header: "Of", cell: (event) => <Subject path={event.subject} /> },
    { id: "reason", header: "Why", cell: (event) => event.reason ?? <span className="ty-dim">–</span> },
    { id: "hash", header: "Hash", cell: (event) => <Digest value={event.hash} chars={8} /> },
  ];
  return (
    <Page
      title="Audit"
      lead={
        subject ? (
          <>
            changes of <code>{subject}</code> ·{" "}
            <Link to="/audit" className="ty-link">
              show all
            </Link>
          </>
        ) : (
          "Every change, with who made it and why. Each row is chained to the one before it by its hash."
        )
      }
      actions={
        <>
          {subject && (
            <Button variant="default" onClick={() => void navigate({ to: "/audit" })}>
              Show all
            </Button>
          )}
          <Verify />
        </>
      }
    >
      <Loaded query={events} lines={10}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No changes recorded" />
          ) : (
            <div className="ty-section">
              <DataTable label="Changes" rows={rows} columns={columns} rowKey={(event) => String(event.seq)} />
              <More list={events} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
