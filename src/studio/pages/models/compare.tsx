import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { type Comparison, compareVersions, type Row } from "./comparison.ts";

/** Two versions of a model side by side; what differs is marked. */
export function ComparePage() {
  const { name } = useParams({ from: "/shell/models/$name/compare" });
  const { left, right } = useSearch({ from: "/shell/models/$name/compare" });
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const model = useQuery(query("model", "get", { params: { workspace, name } }));
  const versions = model.data?.items.map((item) => item.version) ?? [];
  const [a, b] = [left ?? versions[1] ?? versions[0], right ?? versions[0]];
  const choose = (search: { left?: string; right?: string }) =>
    void navigate({
      to: "/models/$name/compare",
      params: { name },
      search: { left: a, right: b, ...search },
      replace: true,
    });
  return (
    <Page
      crumbs={[
        <Link key="models" to="/models">
          Models
        </Link>,
        <Link key="model" to="/models/$name" params={{ name }}>
          {name}
        </Link>,
      ]}
      title="Compare versions"
      tab={`Compare ${name}`}
      actions={
        <>
          <Select
            aria-label="Left version"
            data={versions}
            value={a ?? null}
            allowDeselect={false}
            w={110}
            onChange={(value) => value && choose({ left: value })}
          />
          <Select
            aria-label="Right version"
            data={versions}
            value={b ?? null}
            allowDeselect={false}
            w={110}
            onChange={(value) => value && choose({ right: value })}
          />
        </>
      }
    >
      <Loaded query={model}>{() => a && b && <Both name={name} left={a} right={b} />}</Loaded>
    </Page>
  );
}

function Both({ name, left, right }: { name: string; left: string; right: string }) {
  const workspace = useWorkspace();
  const params = { workspace, name };
  const [first, second] = [
    useQuery(query("model", "getVersion", { params: { ...params, version: left } })),
    useQuery(query("model", "getVersion", { params: { ...params, version: right } })),
  ];
  const cards = [
    useQuery(query("card", "get", { params: { ...params, version: left } })),
    useQuery(query("card", "get", { params: { ...params, version: right } })),
  ].map((card) => card.data?.facts);
  return (
    <Loaded query={first}>
      {(one) => (
        <Loaded query={second}>
          {(other) => (
            <Table comparison={compareVersions([one, cards[0]], [other, cards[1]])} left={left} right={right} />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

function Table({ comparison, left, right }: { comparison: Comparison; left: string; right: string }) {
  return (
    <div className="ty-section">
      <Scroll className="ty-table-wrap" label="The two versions">
        <table className="ty-table ty-version-pair" aria-label={`Versions ${left} and ${right}`}>
          <thead>
            <tr>
              <td />
              <th scope="col">Version {left}</th>
              <th scope="col">Version {right}</th>
              <th scope="col" data-align="right">
                Change
              </th>
            </tr>
          </thead>
          {comparison.map(({ title, rows }) => (
            <tbody key={title}>
              <tr className="ty-version-pair-title">
                <th scope="rowgroup" colSpan={4}>
                  {title}
                </th>
              </tr>
              {rows.map((row) => (
                <Compared key={row.name} row={row} />
              ))}
            </tbody>
          ))}
        </table>
      </Scroll>
    </div>
  );
}

function Compared({ row: { name, left, right, change } }: { row: Row }) {
  return (
    <tr data-differs={left !== right || undefined}>
      <th scope="row">{name}</th>
      <td>{shown(left)}</td>
      <td>{shown(right)}</td>
      <td data-align="right" className="ty-num">
        {change}
      </td>
    </tr>
  );
}

const shown = (value: string | null): ReactNode => value ?? <span className="ty-dim">–</span>;
