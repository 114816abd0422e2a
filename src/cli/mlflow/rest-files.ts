import { treePathSchema } from "../../contract/common.ts";
import { type Json, NotThere, type RestClient } from "./rest-client.ts";
import type { SourceFile, SourceOptions, SourcePlace } from "./source.ts";

/** Lists and opens the files of a place through the server, wherever it keeps them. */
export function createRestFiles(client: RestClient, options: SourceOptions) {
  return async function* files(place: SourcePlace): AsyncGenerator<SourceFile> {
    const subject = `${place.kind}/${place.id}`;
    if (place.kind === "folder") {
      options.complain(subject, `its files are at ${place.uri}, which belongs to no run or logged model`);
      return;
    }
    try {
      yield* walk(client, place, "", (path, message) => options.complain(`${subject}/${path}`, message));
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
      options.complain(subject, `its files cannot be listed: ${error.message}`);
    }
  };
}

async function* walk(
  client: RestClient,
  place: SourcePlace,
  folder: string,
  complain: (path: string, message: string) => void,
): AsyncGenerator<SourceFile> {
  for (const entry of await list(client, place, folder)) {
    const path = String(entry.path);
    if (entry.is_dir) yield* walk(client, place, path, complain);
    else if (!treePathSchema.safeParse(path).success) complain(path, "has a name that is not taken");
    else yield { path, size: Number(entry.file_size ?? 0), at: () => open(client, place, path) };
  }
}

async function list(client: RestClient, place: SourcePlace, path: string): Promise<Json[]> {
  const entries: Json[] = [];
  let token: string | undefined;
  do {
    const page =
      place.kind === "run"
        ? await client.get("/artifacts/list", { run_id: place.id, path: path || undefined, page_token: token })
        : await client.get(`/logged-models/${place.id}/artifacts/directories`, {
            artifact_directory_path: path || undefined,
            page_token: token,
          });
    entries.push(...((page.files ?? []) as Json[]));
    token = page.next_page_token ? String(page.next_page_token) : undefined;
  } while (token);
  return entries;
}

const open = (client: RestClient, place: SourcePlace, path: string) =>
  place.kind === "run"
    ? client.stream("/get-artifact", { run_uuid: place.id, path })
    : client.stream(`/ajax-api/2.0/mlflow/logged-models/${place.id}/artifacts/files`, { artifact_file_path: path });
