import { Switch } from "@mantine/core";
import { IconTrophy } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { metric } from "../../../parts/number.ts";
import { Section } from "../../../parts/page.tsx";
import { columnId } from "../table/column.ts";
import { type Direction, directionsOf, directionsText } from "../table/state.ts";
import { type ComparedRun, type Comparison, commonKeys } from "./use-compare.ts";

const kinds = [
  ["params", "Parameters"],
  ["metrics", "Metrics"],
  ["tags", "Tags"],
] as const;

/** Params, metrics and tags side by side: at first only what is not the same everywhere. */
export function Differences({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const best = directionsOf(search.best);
  const all = search.all === "1";
  const prefer = (id: string) => {
    const next = new Map(best);
    const now = best.get(id);
    if (now === undefined) next.set(id, "min");
    else if (now === "min") next.set(id, "max");
    else next.delete(id);
    set({ best: directionsText(next) });
  };
  return (
    <Section
      flush
      title="Differences"
      aside={
        <Switch
          size="xs"
          label="What is the same too"
          checked={all}
          onChange={(event) => set({ all: event.currentTarget.checked ? "1" : undefined })}
        />
      }
    >
      <div className="ty-diff">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="ty-hidden">Name</span>
              </th>
              {runs.map((run) => (
                <th key={run.id} scope="col">
                  <i className="ty-swatch" style={{ background: run.color }} />
                  <Link to="/runs/$id" params={{ id: run.id }} className="ty-plain" title={run.name}>
                    {run.name}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          {kinds.map(([kind, title]) => {
            const keys = commonKeys(runs, (run) => run[kind]).toSorted((a, b) => a.localeCompare(b));
            const shown = keys.filter((key) => all || new Set(runs.map((run) => run[kind][key])).size > 1);
            return (
              <tbody key={kind}>
                <tr>
                  <th scope="rowgroup" colSpan={runs.length + 1}>
                    {title}{" "}
                    <span className="ty-dim">
                      {keys.length === 0
                        ? "none"
                        : all
                          ? ""
                          : `${keys.length - shown.length} of ${keys.length} the same`}
                    </span>
                  </th>
                </tr>
                {shown.map((key) => {
                  const id = columnId(kind, key);
                  const target = kind === "metrics" ? bestOf(runs, key, best.get(id)) : undefined;
                  return (
                    <tr key={key}>
                      <th scope="row">
                        <span title={key}>{key}</span>
                        {kind === "metrics" && <Prefer direction={best.get(id)} onClick={() => prefer(id)} />}
                      </th>
                      {runs.map((run) => {
                        const value = run[kind][key];
                        return (
                          <td
                            key={run.id}
                            title={value === undefined ? undefined : String(value)}
                            data-best={(target !== undefined && value === target) || undefined}
                          >
                            {value === undefined ? (
                              <span className="ty-dim">–</span>
                            ) : kind === "metrics" ? (
                              metric(value)
                            ) : (
                              value
                            )}
                          </td>
                        );
                      })}
                    </tr>
                  );
                })}
              </tbody>
            );
          })}
        </table>
      </div>
    </Section>
  );
}

const words: Record<Direction | "none", string> = {
  none: "Say which value is best",
  min: "The least is best",
  max: "The greatest is best",
};

const Prefer = ({ direction, onClick }: { direction: Direction | undefined; onClick(): void }) => (
  <button
    type="button"
    className="ty-prefer"
    aria-pressed={direction !== undefined}
    title={words[direction ?? "none"]}
    onClick={onClick}
  >
    <IconTrophy size={12} aria-hidden />
    {direction ?? ""}
    <span className="ty-hidden">{words[direction ?? "none"]}</span>
  </button>
);

function bestOf(runs: ComparedRun[], key: string, direction: Direction | undefined): number | undefined {
  if (!direction) return undefined;
  const values = runs.map((run) => run.metrics[key]).filter((value) => typeof value === "number");
  return values.length === 0 ? undefined : direction === "min" ? Math.min(...values) : Math.max(...values);
}
