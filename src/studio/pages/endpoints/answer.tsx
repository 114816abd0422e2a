import type { z } from "zod";
import type { endpointContract } from "../../../contract/endpoint.ts";
import { JsonView } from "../../parts/json.tsx";
import { figure, milliseconds } from "../../parts/number.ts";
import { State } from "../../parts/state.tsx";

type Invocation = z.output<typeof endpointContract.invoke.response>;

/** What the endpoint answered: the one number, when it is one, and the whole. */
export function Answer({ answer }: { answer: Invocation | undefined }) {
  if (!answer)
    return (
      <div className="ty-answer ty-answer-none">
        <p className="ty-dim">The answer appears here. The row is collected like any other request.</p>
      </div>
    );
  const single = singleNumber(answer.response);
  return (
    <div className="ty-answer" aria-live="polite">
      <div className="ty-answer-head">
        <State value={answer.status < 400 ? "succeeded" : "failed"} label={String(answer.status)} />
        <span>{milliseconds(answer.milliseconds)}</span>
        {answer.deployment && <span className="ty-dim">from {answer.deployment}</span>}
      </div>
      {single !== null && <div className="ty-answer-number">{figure(single)}</div>}
      <JsonView value={answer.response} label="answer" />
    </div>
  );
}

/** The values of a record such as `{ prediction: 152.1 }`; anything else is itself. */
const valuesOf = (item: unknown): unknown[] =>
  typeof item === "object" && item !== null ? Object.values(item) : [item];

/** The only number of a prediction, in any of the protocols. */
function singleNumber(response: unknown): number | null {
  const body = response as Record<string, unknown> | null;
  if (typeof body !== "object" || body === null) return null;
  const outputs = Array.isArray(body.outputs) ? (body.outputs as { data?: unknown }[]).map(({ data }) => data) : null;
  const found = [body.predictions ?? outputs ?? body].flat(8).flatMap(valuesOf);
  return found.length === 1 && typeof found[0] === "number" ? found[0] : null;
}
