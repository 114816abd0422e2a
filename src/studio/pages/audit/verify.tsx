import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { query } from "../../api.ts";
import { count } from "../../parts/number.ts";
import { State } from "../../parts/state.tsx";

/** Recomputes the chain of hashes, on request. */
export function Verify() {
  const chain = useQuery({ ...query("audit", "verify"), enabled: false, queryKey: ["audit-verify"], gcTime: 0 });
  const { data } = chain;
  return (
    <>
      <span aria-live="polite">
        {chain.error && <span className="ty-bad">{chain.error.message}</span>}
        {data?.valid && <State value="pass" label={`whole: ${count(data.events)} changes checked`} />}
        {data && !data.valid && <State value="fail" label={`broken at change ${data.firstBroken ?? "?"}`} />}
      </span>
      <Button variant="default" loading={chain.isFetching} onClick={() => void chain.refetch()}>
        Verify the chain
      </Button>
    </>
  );
}
