import { isAbsolute, join } from "node:path";
import { invalid } from "../../contract/errors.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";

/** A folder of the server that holds what lies below a URL. */
interface Place {
  prefix: string;
  folder: string;
  writable: boolean;
}

/**
 * Reads the setting `urlFolders`: `https://example.org/data=/srv/data azureml://datastores/store/paths=/srv/store:rw`,
 * separated by blanks or commas.
 */
export function parsePlaces(text: string): Place[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const [, prefix, folder, mode] = /^(.+?)=(\/.*?|[A-Za-z]:[\\/].*?)(:rw|:ro)?$/.exec(entry) ?? [];
      if (!prefix || !folder || !isAbsolute(folder) || !/^[a-z][a-z0-9+.-]*:/i.test(prefix)) {
        throw invalid(
          `"${entry}" of --url-folders is not <URL>=<absolute folder>, with :rw behind it if it is written to.`,
        );
      }
      return { prefix: canonicalUrl(prefix).replace(/\/$/, ""), folder, writable: mode === ":rw" };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
}

/** A place below the folder that it must not lead out of. */
export interface Below {
  path: string;
  folder: string;
}

/** A file or folder of this machine. */
export interface Located extends Below {
  writable: boolean;
}

/** Where the content of a URL is on this machine; the longest prefix counts. Undefined when no folder was given for it. */
export function placeOf(url: string, places: readonly Place[]): Located | undefined {
  const wanted = canonicalUrl(url).replace(/[?#].*$/, "");
  const place = places.find(({ prefix }) => wanted === prefix || wanted.startsWith(`${prefix}/`));
  if (!place) return undefined;
  const parts = wanted.slice(place.prefix.length).split("/").map(decoded).filter(Boolean);
  if (parts.some((part) => part === "." || part === ".." || /[\\/\0]/.test(part))) {
    throw invalid(`"${shownUrl(url)}" does not name a place below the folder that holds its content.`);
  }
  return { path: join(place.folder, ...parts), folder: place.folder, writable: place.writable };
}

/** With `%20` as a blank; what is not encoded so stays. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * One spelling of the several that a place in Azure has: `wasbs://container@account.blob…/path` is
 * `https://account.blob…/container/path`, a datastore's path with its subscription is the one without.
 */
export function canonicalUrl(url: string): string {
  const storage = /^(?:wasbs?|abfss?):\/\/([^@/]+)@([^/]+)(\/.*)?$/i.exec(url);
  if (storage) {
    const [, container = "", host = "", path = ""] = storage;
    return `https://${host.toLowerCase().replace(".dfs.", ".blob.")}/${container}${path}`;
  }
  const lake = /^https:\/\/([^./]+)\.dfs\.core\.([^/]+)(\/.*)?$/i.exec(url);
  if (lake) return `https://${lake[1]!.toLowerCase()}.blob.core.${lake[2]!.toLowerCase()}${lake[3] ?? ""}`;
  const datastore = /^azureml:\/\/(?:.*\/)?(datastores\/[^/]+)(?:\/paths)?(\/.*)?$/i.exec(url);
  if (datastore) return `azureml://${datastore[1]}/paths${datastore[2] ?? ""}`;
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, (start) => start.toLowerCase());
}
