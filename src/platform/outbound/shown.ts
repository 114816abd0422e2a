/**
 * A URL as errors, logs and names of steps show it: without user, password, query and fragment, which is where keys and
 * signatures are. What is no URL is shown as it is.
 */
export function shownUrl(url: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return url;
  const place = rest.replace(/[?#].*$/s, "");
  // `wasbs://container@account` has a container there, and no password.
  return scheme + (/^(wasbs?|abfss?):/i.test(scheme) ? place : place.replace(/^[^/]*@/, ""));
}
