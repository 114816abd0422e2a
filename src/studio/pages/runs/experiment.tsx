import { Button, SegmentedControl, Switch } from "@mantine/core";
import { IconChartLine, IconFileTypeCsv } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { urlOf } from "../../../contract/client.ts";
import { type Run, runContract } from "../../../contract/run.ts";
import { query, useWorkspace } from "../../api.ts";
import { ButtonLink } from "../../parts/button-link.tsx";
import { Empty } from "../../parts/empty.tsx";
import { count } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { BulkBar } from "./table/bulk-bar.tsx";
import { apiColumns, type RunColumn } from "./table/column.ts";
import { ColumnChooser } from "./table/column-chooser.tsx";
import { FilterBox } from "./table/filter-box.tsx";
import { RunGrid } from "./table/grid.tsx";
import { useSelection } from "./table/selection.ts";
import { useTableState } from "./table/state.ts";
import { useColumns, useRunKeys } from "./table/use-columns.ts";
import { ViewsMenu } from "./table/views-menu.tsx";
import type { RunQuery } from "./table/window.ts";

const comparedAtFirst = 20;

export function ExperimentPage() {
  const { id } = useParams({ from: "/shell/experiments/$id" });
  const workspace = useWorkspace();
  const state = useTableState();
  const selection = useSelection();
  const [visible, setVisible] = useState<Run[]>([]);
  const params = { workspace };
  const experiments = useQuery(query("run", "listExperiments", { params }));
  const experiment = experiments.data?.items.find((one) => one.id === id);
  const [wantsKeys, setWantsKeys] = useState(false);
  const keys = useRunKeys([id], wantsKeys);
  const { columns, pinned, ready } = useColumns(state, id);
  const runs: RunQuery = {
    workspace,
    experimentId: id,
    filter: state.filter,
    orderBy: state.search.sort,
    lifecycle: state.stage,
    columns: apiColumns(columns),
  };
  const { filter, lifecycle } = runs;
  const counted = useQuery({
    ...query("run", "count", { params, query: { experimentId: [id], filter, lifecycle } }),
    refetchInterval: 15_000,
    retry: false,
  });
  const setColumns = (next: RunColumn[]) =>
    state.set({
      cols:
        next
          .filter((column) => column.id !== "name")
          .map((column) => column.id)
          .join(",") || "state",
    });
  const csv = urlOf(runContract.export, {
    params,
    query: { experimentId: id, filter, orderBy: runs.orderBy, lifecycle, columns: runs.columns },
  });
  const isEmpty = counted.data?.count === 0 && !state.search.q && state.stage === "active" && !state.nested;
  const total = counted.data && !counted.data.capped ? counted.data.count : null;
  return (
    <Page
      fill
      crumbs={[
        <Link key="experiments" to="/experiments">
          Experiments
        </Link>,
      ]}
      title={experiment?.name ?? id}
      meta={
        <>
          {counted.data && (
            <span className="ty-dim ty-num" data-testid="run-count">
              {counted.data.capped ? `more than ${count(counted.data.count - 1)}` : count(counted.data.count)} runs
            </span>
          )}
          {experiment?.lifecycleStage === "deleted" && <Tag>deleted</Tag>}
        </>
      }
      actions={
        <>
          <ButtonLink
            variant="default"
            to="/compare"
            search={{
              runs: visible
                .slice(0, comparedAtFirst)
                .map((run) => run.id)
                .join(","),
            }}
            disabled={visible.length === 0}
            leftSection={<IconChartLine size={14} aria-hidden />}
          >
            Charts
          </ButtonLink>
          <Button
            variant="default"
            component="a"
            href={csv}
            download
            leftSection={<IconFileTypeCsv size={14} aria-hidden />}
          >
            CSV
          </Button>
        </>
      }
    >
      {isEmpty ? (
        <Empty title="No runs in this experiment">
          A run appears here as soon as <code>mlflow.start_run()</code> is called in it.
        </Empty>
      ) : (
        <div className="ty-runs">
          <div className="ty-runs-bar">
            <FilterBox
              onFocus={() => setWantsKeys(true)}
              value={state.search.q}
              keys={keys}
              error={counted.error}
              onChange={(q) => state.set({ q })}
            />
            <SegmentedControl
              size="xs"
              aria-label="Which runs"
              data={["active", "deleted", "all"]}
              value={state.stage}
              onChange={(stage) => state.set({ stage: stage === "active" ? undefined : stage })}
            />
            <Switch
              size="xs"
              label="Nested"
              checked={state.nested}
              onChange={(event) => state.set({ nested: event.currentTarget.checked ? "1" : undefined })}
            />
            <ColumnChooser
              onOpen={() => setWantsKeys(true)}
              keys={keys}
              columns={columns}
              onColumns={setColumns}
              onReset={() => state.set({ cols: undefined, pin: undefined })}
            />
            <ViewsMenu page={`experiments/${id}`} state={state} />
          </div>
          <BulkBar selection={selection} query={runs} total={total} />
          {ready && !counted.error && (
            <RunGrid
              query={runs}
              columns={columns}
              pinned={pinned}
              state={state}
              selection={selection}
              onColumns={setColumns}
              onVisible={setVisible}
            />
          )}
        </div>
      )}
    </Page>
  );
}
