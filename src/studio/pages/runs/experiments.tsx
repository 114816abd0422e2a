import { Button, Menu, Modal, Switch, TextInput, UnstyledButton } from "@mantine/core";
import { IconDots, IconPencil, IconPlus, IconRestore, IconSearch, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { z } from "zod";
import type { experimentSchema } from "../../../contract/run.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { type ExperimentAction, ExperimentForm } from "./experiment-form.tsx";

type Experiment = z.output<typeof experimentSchema>;

export function ExperimentsPage() {
  const params = { workspace: useWorkspace() };
  const search = useSearch({ from: "/shell/experiments" });
  const navigate = useNavigate({ from: "/experiments" });
  const set = (changes: { q?: string; stage?: string }) =>
    void navigate({ search: (now) => ({ ...now, ...changes }), replace: true });
  const [action, setAction] = useState<ExperimentAction | null>(null);
  const mayWrite = useCan("run:write");
  const experiments = useQuery({ ...query("run", "listExperiments", { params }), refetchInterval: 15_000 });
  const columns = useMemo(() => columnsWith(setAction), []);
  const wanted = search.q?.toLowerCase() ?? "";
  const fits = (row: Experiment) =>
    row.name.toLowerCase().includes(wanted) && (search.stage === "all" || row.lifecycleStage === "active");
  return (
    <Page
      title="Experiments"
      actions={
        <Button
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={!mayWrite}
          onClick={() => setAction({ kind: "create" })}
        >
          New experiment
        </Button>
      }
    >
      <Loaded query={experiments}>
        {({ items }) =>
          items.length <= 1 && items.every((item) => item.runs === 0) ? (
            <Empty title="No experiments yet" commands={[`export MLFLOW_TRACKING_URI=${location.origin}`]}>
              The ordinary <code>mlflow</code> package logs here: point it at this server and run your training as it
              is. Every job step is tracked by itself.
            </Empty>
          ) : (
            <div className="ty-section">
              <div className="ty-runs-bar">
                <TextInput
                  size="xs"
                  className="ty-grow"
                  aria-label="Find an experiment"
                  placeholder="Find an experiment"
                  leftSection={<IconSearch size={14} aria-hidden />}
                  value={search.q ?? ""}
                  onChange={(event) => set({ q: event.currentTarget.value || undefined })}
                />
                <Switch
                  size="xs"
                  label="Deleted too"
                  checked={search.stage === "all"}
                  onChange={(event) => set({ stage: event.currentTarget.checked ? "all" : undefined })}
                />
              </div>
              <DataTable label="Experiments" rows={items.filter(fits)} columns={columns} rowKey={(row) => row.id} />
            </div>
          )
        }
      </Loaded>
      <Modal opened={action !== null} onClose={() => setAction(null)} title={action ? titles[action.kind] : ""}>
        {action && <ExperimentForm action={action} onDone={() => setAction(null)} />}
      </Modal>
    </Page>
  );
}

const titles: Record<ExperimentAction["kind"], string> = {
  create: "New experiment",
  rename: "Rename experiment",
  delete: "Delete experiment",
};

const columnsWith = (act: (action: ExperimentAction) => void): Column<Experiment>[] => [
  {
    id: "name",
    header: "Experiment",
    sort: (row) => row.name,
    cell: (row) => (
      <>
        <Link to="/experiments/$id" params={{ id: row.id }} className="ty-cover">
          {row.name}
        </Link>{" "}
        {row.lifecycleStage === "deleted" && <Tag>deleted</Tag>}
      </>
    ),
  },
  { id: "runs", header: "Runs", align: "right", sort: (row) => row.runs, cell: (row) => count(row.runs) },
  {
    id: "active",
    header: "Last run",
    align: "right",
    sort: (row) => row.lastRunAt,
    cell: (row) => <Ago at={row.lastRunAt} />,
  },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (row) => row.createdAt,
    cell: (row) => <Ago at={row.createdAt} />,
  },
  { id: "menu", header: "", align: "right", width: 40, cell: (row) => <RowMenu row={row} act={act} /> },
];

function RowMenu({ row, act }: { row: Experiment; act: (action: ExperimentAction) => void }) {
  const workspace = useWorkspace();
  const mayWrite = useCan("run:write");
  const restore = useAction("experiment", "restore");
  const { id, name, runs } = row;
  if (!mayWrite) return null;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <UnstyledButton className="ty-copy" aria-label={`More about ${name}`}>
          <IconDots size={15} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {row.lifecycleStage === "active" ? (
          <>
            <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => act({ kind: "rename", id, name })}>
              Rename…
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => act({ kind: "delete", id, name, runs })}>
              Delete…
            </Menu.Item>
          </>
        ) : (
          <Menu.Item
            leftSection={<IconRestore size={14} />}
            onClick={() => restore.mutate({ params: { workspace, id } })}
          >
            Restore
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
