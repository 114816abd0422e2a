/**
 * Where a link that a tracking client prints leads here: `/#/experiments/1/runs/<id>`, after `/w/<workspace>` when the
 * client works in one. Null for any other address.
 */
export function pageOfMlflowLink(pathname: string, hash: string): string | null {
  const workspace = /^\/w\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (pathname !== "/" && workspace === undefined) return null;
  const page = pageOf(hash.replace(/^#/, "").split("?")[0]!);
  if (page === null) return workspace === undefined ? null : withWorkspace("/experiments", workspace);
  return withWorkspace(page, workspace);
}

function pageOf(path: string): string | null {
  const [noun, id, sub, subId] = path.split("/").filter(Boolean);
  if (noun === "experiments" && id && sub === "runs" && subId) return `/runs/${subId}`;
  if (noun === "experiments") return id ? `/experiments/${id}` : "/experiments";
  if (noun === "models" && id) return sub === "versions" && subId ? `/models/${id}/${subId}` : `/models/${id}`;
  return null;
}

const withWorkspace = (page: string, workspace: string | undefined): string =>
  workspace === undefined || workspace === "default" ? page : `${page}?workspace=${workspace}`;
