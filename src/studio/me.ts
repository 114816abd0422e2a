import { useQuery } from "@tanstack/react-query";
import { query, useWorkspace } from "./api.ts";

/** Who is signed in, with what they may do in this workspace. */
export function useMe() {
  return useQuery(query("access", "me", { query: { workspace: useWorkspace() } })).data;
}
