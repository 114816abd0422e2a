import { expect, it } from "vitest";
import { saysNetwork } from "./failure.ts";

it.each([
  "error: Failed to fetch: `https://pypi.org/simple/numpy/`\n  Caused by: error sending request\n  Caused by: client error (Connect)\n  Caused by: tcp connect error: Connection refused (os error 111)",
  "  Caused by: dns error: failed to lookup address information: Temporary failure in name resolution",
  "  Caused by: HTTP status server error (503 Service Unavailable) for url (http://127.0.0.1:4000/simple/x/)",
  "error: Request failed after 3 retries\n  Caused by: operation timed out",
  "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor...>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/",
  "WARNING: Retrying (Retry(total=4)) after connection broken by 'ResponseError('too many 503 error responses')'",
  "ERROR: HTTP error 502 while getting https://files.example/x.whl",
  'Error: initializing source docker://x: pinging container registry r: Get "https://r/v2/": dial tcp: lookup r: no such host',
  'Get "https://r/v2/": net/http: TLS handshake timeout',
  "received unexpected HTTP status: 503 Service Unavailable",
  "toomanyrequests: 429 Too Many Requests",
])("takes for a failure of the network: %s", (printed) => {
  expect(saysNetwork(printed)).toBe(true);
});

it.each([
  "  × No solution found when resolving dependencies:\n  ╰─▶ Because numpy==503.0 was not found in the package registry and you require numpy==503.0, we can conclude …",
  "error: Failed to fetch: `https://pypi.example/simple/x/`\n  Caused by: HTTP status client error (404 Not Found) for url (https://pypi.example/simple/x/)",
  "  Caused by: HTTP status client error (401 Unauthorized) for url (https://pypi.example/simple/x/)",
  "  × Failed to build `x==1.0`\n  ├─▶ The build backend returned an error",
  "Hash mismatch for `x==1.0`",
  'manifest unknown: manifest tagged by "500" is not found',
  "requests-timeout==1.502",
])("does not take for one: %s", (printed) => {
  expect(saysNetwork(printed)).toBe(false);
});
