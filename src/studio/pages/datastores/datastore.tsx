import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Datastore } from "../../../contract/datastore.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { DialogForm } from "../../parts/dialog-form.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";
import { isReadThere, ReadFrom } from "./read-from.tsx";

export function DatastorePage() {
  const { name } = useParams({ from: "/shell/datastores/$name" });
  const params = { workspace: useWorkspace(), name };
  const forget = useAction("datastore", "delete");
  // Nobody asks for what is being forgotten.
  const enabled = !forget.isPending && !forget.isSuccess;
  const datastore = useQuery({ ...query("datastore", "get", { params }), enabled });
  const navigate = useNavigate();
  const allowed = useCan("datastore:write");
  const [asks, setAsks] = useState(false);
  return (
    <Page
      crumbs={[
        <Link key="datastores" to="/datastores">
          Datastores
        </Link>,
      ]}
      title={name}
      meta={datastore.data && <Tag>{datastore.data.type}</Tag>}
      lead={datastore.data?.description}
      actions={
        datastore.data && (
          <Button
            variant="default"
            disabled={!allowed}
            title={allowed ? undefined : "Your role may not change datastores"}
            onClick={() => setAsks(true)}
          >
            Delete…
          </Button>
        )
      }
    >
      <Modal opened={asks} onClose={() => setAsks(false)} title="Delete a datastore">
        <DialogForm
          submit="Delete"
          onSubmit={() => forget.mutate({ params }, { onSuccess: () => void navigate({ to: "/datastores" }) })}
          onBack={() => setAsks(false)}
          change={forget}
          disabled={false}
          isNegative
        >
          <p>
            The name <code>{name}</code> is forgotten: jobs that name it are refused. The files stay where they are, and
            so does what was read from there.
          </p>
        </DialogForm>
      </Modal>
      <Loaded query={datastore}>{(found) => <Body datastore={found} />}</Loaded>
    </Page>
  );
}

function Body({ datastore }: { datastore: Datastore }) {
  const settings = Object.entries(datastore.settings);
  return (
    <>
      <Section title="Place">
        <Facts
          items={[
            ["Read from", <ReadFrom key="from" datastore={datastore} />],
            ["Stands for", !isReadThere(datastore) && datastore.url && <code>{datastore.url}</code>],
            ["Jobs write there", datastore.writable ? "yes" : "no"],
            [
              "Created",
              <span key="created">
                <Ago at={datastore.createdAt} /> by {datastore.createdBy.name}
              </span>,
            ],
          ]}
        />
      </Section>
      {settings.length > 0 && (
        <Section title="Settings">
          <Facts items={settings.map(([name, value]) => [name, <code key={name}>{value}</code>])} />
        </Section>
      )}
      <Section title="In a job">
        <CodeBlock text={yamlFor(datastore)} label="YAML" />
      </Section>
    </>
  );
}

function yamlFor({ name, writable }: Datastore): string {
  const part = (kind: string, path: string) =>
    `${kind}:\n  rows:\n    type: uri_folder\n    path: azureml://datastores/${name}/paths/${path}`;
  return writable
    ? `${part("inputs", "in")}\n${part("outputs", "out").replace("rows", "result")}`
    : part("inputs", "in");
}
