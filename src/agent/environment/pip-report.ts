/** What `pip install --report` says of a package that it would install. */
interface Reported {
  metadata: { name: string; version: string };
  /** Was it named by a URL or path, rather than found in an index? */
  is_direct: boolean;
  download_info: {
    url: string;
    archive_info?: { hash?: string; hashes?: { sha256?: string } };
    vcs_info?: { vcs: string; commit_id: string };
  };
}

/** The pinned lines of a report, each with the digest of the file that pip took. */
export const packagesOfReport = (report: string): string[] =>
  (JSON.parse(report) as { install: Reported[] }).install.map((reported) => {
    const { archive_info } = reported.download_info;
    const digest = archive_info?.hashes?.sha256 ?? archive_info?.hash?.replace(/^sha256=/, "");
    return `${requirementOf(reported)}${digest === undefined ? "" : ` --hash=sha256:${digest}`}`;
  });

function requirementOf({ metadata: { name, version }, is_direct, download_info: { url, vcs_info } }: Reported): string {
  if (!is_direct) return `${name}==${version}`;
  if (vcs_info) return `${name} @ ${vcs_info.vcs}+${url}@${vcs_info.commit_id}`;
  // It came with the specification, and lies in a folder that is another one next time.
  if (url.startsWith("file:")) return `./${decodeURIComponent(url.slice(url.lastIndexOf("/") + 1))}`;
  return `${name} @ ${url}`;
}
