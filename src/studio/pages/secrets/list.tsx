import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Secret } from "../../../contract/secret.ts";
import { query, useCan, useWorkspace } from "../../api.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { DeleteSecret } from "./delete.tsx";
import { SetSecret } from "./set.tsx";

type Doing = { what: "set"; secret?: Secret } | { what: "delete"; secret: Secret };

const columnsFor = (allowed: boolean, choose: (doing: Doing) => void): Column<Secret>[] => [
  {
    id: "name",
    header: "Secret",
    sort: (row) => row.name,
    cell: (row) => (
      <>
        <code>{row.name}</code>
        {row.description && <span className="ty-cell-note">{row.description}</span>}
      </>
    ),
  },
  { id: "version", header: "Version", align: "right", cell: (row) => row.version },
  { id: "set", header: "Set", sort: (row) => row.setAt, cell: (row) => <Ago at={row.setAt} /> },
  { id: "by", header: "By", cell: (row) => row.setBy.name },
  {
    id: "uses",
    header: "Uses",
    cell: (row) => (
      <Link to="/audit" search={{ subject: `secret/${row.name}` }} className="ty-link">
        Audit
      </Link>
    ),
  },
  {
    id: "do",
    header: "",
    align: "right",
    cell: (secret) => (
      <span className="ty-actions">
        <Button
          size="compact-xs"
          variant="default"
          disabled={!allowed}
          aria-label={`Change ${secret.name}`}
          onClick={() => choose({ what: "set", secret })}
        >
          Change…
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          disabled={!allowed}
          aria-label={`Delete ${secret.name}`}
          onClick={() => choose({ what: "delete", secret })}
        >
          Delete…
        </Button>
      </span>
    ),
  },
];

/** What steps can be told; the values are shown to nobody. */
export function SecretsPage() {
  const secrets = useQuery(query("secret", "list", { params: { workspace: useWorkspace() } }));
  const [doing, setDoing] = useState<Doing>();
  const allowed = useCan("secret:write");
  const close = () => setDoing(undefined);
  return (
    <Page
      title="Secrets"
      lead="What steps are told and nobody else: passwords, tokens, keys. Values are never shown again."
      actions={
        <Button disabled={!allowed} onClick={() => setDoing({ what: "set" })}>
          New secret…
        </Button>
      }
    >
      <Modal opened={doing?.what === "set"} onClose={close} title={doing?.secret ? "Change a secret" : "New secret"}>
        <SetSecret before={doing?.secret} onDone={close} />
      </Modal>
      <Modal opened={doing?.what === "delete"} onClose={close} title="Delete a secret">
        {doing?.what === "delete" && <DeleteSecret secret={doing.secret} onDone={close} />}
      </Modal>
      <Loaded query={secrets}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No secrets yet" commands={["trainyard secret set warehouse-password"]}>
              A step names a secret for one of its environment variables; only the process of the step gets the value.
            </Empty>
          ) : (
            <>
              <div className="ty-section">
                <DataTable
                  label="Secrets"
                  rows={items}
                  columns={columnsFor(allowed, setDoing)}
                  rowKey={(row) => row.name}
                />
              </div>
              <Section title="In a step">
                <CodeBlock text={yamlFor(items[0]!.name)} label="YAML" />
              </Section>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

const yamlFor = (name: string): string => `environment_variables:\n  PASSWORD: \${{secrets.${name}}}`;
