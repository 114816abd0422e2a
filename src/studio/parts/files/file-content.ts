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

/** A file of a run, a logged model or a tree: all of them are kept by content. */
export interface StoredFile {
  path: string;
  digest: string;
  size: number;
}

/** Content does not change under its digest, so it is read once. */
const options = { staleTime: Number.POSITIVE_INFINITY, gcTime: 120_000 };

export const textQuery = (workspace: string, digest: string) =>
  queryOptions({
    ...options,
    queryKey: ["content", "text", workspace, digest],
    queryFn: async ({ signal }) => (await read(workspace, digest, signal)).text(),
  });

export const imageQuery = (workspace: string, { path, digest }: Pick<StoredFile, "path" | "digest">) =>
  queryOptions({
    ...options,
    queryKey: ["content", "image", workspace, digest, imageType(path)],
    queryFn: async ({ signal }) => {
      const bytes = await (await read(workspace, digest, signal)).arrayBuffer();
      return dataUrl(new Blob([bytes], { type: imageType(path) ?? "application/octet-stream" }));
    },
  });

const read = (workspace: string, digest: string, signal: AbortSignal) =>
  client.blob.get({ params: { workspace, digest } }, { signal });

/** The security policy allows images from `data:`, not from `blob:`. */
const dataUrl = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
