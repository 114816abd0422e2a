import { expect, it } from "vitest";
import { packagesOfReport } from "./pip-report.ts";

const one = (name: string, more: object) => ({ metadata: { name, version: "1.0" }, is_direct: true, ...more });

it("pins what pip reports, by the digest of the file that it took", () => {
  const digest = "a".repeat(64);
  const archive_info = { hash: `sha256=${digest}`, hashes: { sha256: digest } };
  const install = [
    one("indexed", { is_direct: false, download_info: { url: "https://example.org/indexed-1.0.whl", archive_info } }),
    one("old", {
      is_direct: false,
      download_info: { url: "https://example.org/o.whl", archive_info: { hash: `sha256=${digest}` } },
    }),
    one("unknown", { is_direct: false, download_info: { url: "https://example.org/u.whl", archive_info: {} } }),
    one("local", { download_info: { url: "file:///tmp/build-x/local-1.0%2Bcpu-py3-none-any.whl", archive_info } }),
    one("linked", { download_info: { url: "https://example.org/linked-1.0.whl", archive_info } }),
    one("cloned", { download_info: { url: "https://example.org/c.git", vcs_info: { vcs: "git", commit_id: "abc" } } }),
  ];
  expect(packagesOfReport(JSON.stringify({ install }))).toEqual([
    `indexed==1.0 --hash=sha256:${digest}`,
    `old==1.0 --hash=sha256:${digest}`,
    "unknown==1.0",
    `./local-1.0+cpu-py3-none-any.whl --hash=sha256:${digest}`,
    `linked @ https://example.org/linked-1.0.whl --hash=sha256:${digest}`,
    "cloned @ git+https://example.org/c.git@abc",
  ]);
});
