import { queryOptions } from "@tanstack/react-query";
import { client } from "../../api.ts";

const images: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};

export const imageType = (path: string): string | undefined => images[path.split(".").at(-1)?.toLowerCase() ?? ""];

/** Content does not change under its digest, so it is read once. */
const options = { staleTime: Number.POSITIVE_INFINITY, gcTime: 120_000 };

export const textQuery = (workspace: string, run: string, path: string, digest: string) =>
  queryOptions({
    ...options,
    queryKey: ["artifact", "text", workspace, run, path, digest],
    queryFn: async ({ signal }) => (await read(workspace, run, path, signal)).text(),
  });

export const imageQuery = (workspace: string, run: string, path: string, digest: string) =>
  queryOptions({
    ...options,
    queryKey: ["artifact", "image", workspace, run, path, digest],
    queryFn: async ({ signal }) => {
      const bytes = await (await read(workspace, run, path, signal)).arrayBuffer();
      return dataUrl(new Blob([bytes], { type: imageType(path) ?? "application/octet-stream" }));
    },
  });

const read = (workspace: string, id: string, path: string, signal: AbortSignal) =>
  client.run.artifact({ params: { workspace, id }, query: { path } }, { signal });

/** The security policy allows images from `data:`, not from `blob:`. */
const dataUrl = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
