import { availableParallelism } from "node:os";

type Variables = Record<string, string | undefined>;

/** What package tools need of the machine's settings: where indexes are, who asks them, proxies, certificates. */
const wanted =
  /^(PATH|HOME|NETRC|LANG|LC_\w+|(PIP|UV)_\w+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;

/** The variables that package tools are started with. */
export function toolEnvironment(machine: Variables): Record<string, string> {
  const passed = Object.entries(machine).filter(([name, value]) => wanted.test(name) && value !== undefined);
  return {
    // As with pip, all indexes count; unlike with pip, the one named first comes first, so that nobody can take the
    // name of a private package on a public index.
    UV_INDEX_STRATEGY: "unsafe-first-match",
    ...asUvSaysIt(machine),
    ...(Object.fromEntries(passed) as Record<string, string>),
    UV_CONCURRENT_INSTALLS: String(availableParallelism()),
    UV_NO_PROGRESS: "1",
    PIP_NO_INPUT: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
  };
}

/** What an index of a specification takes the place of: uv would go by the machine's. */
export const withoutIndex = { UV_INDEX_URL: undefined, UV_DEFAULT_INDEX: undefined, PIP_INDEX_URL: undefined };

/** Of a machine that is set up for pip: uv reads other names. */
function asUvSaysIt({ PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS }: Variables): Record<string, string> {
  return {
    ...(PIP_INDEX_URL ? { UV_INDEX_URL: PIP_INDEX_URL } : {}),
    ...(PIP_EXTRA_INDEX_URL ? { UV_EXTRA_INDEX_URL: PIP_EXTRA_INDEX_URL } : {}),
    ...(PIP_FIND_LINKS ? { UV_FIND_LINKS: PIP_FIND_LINKS.trim().split(/\s+/).join(",") } : {}),
  };
}
