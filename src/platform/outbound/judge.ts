import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Problem } from "../../contract/errors.ts";
import { isPublicAddress } from "./address.ts";

export interface Address {
  address: string;
  family: number;
}

interface Rules {
  /** Whether addresses that are not public may be called. */
  allowPrivate: boolean;
  /** The setting that would allow them, for the message. */
  setting: string;
  resolve?: (host: string) => Promise<Address[]>;
}

const resolveAll = (host: string): Promise<Address[]> => lookup(host, { all: true });

/** The addresses of a host, all judged: `forbidden` when one of them may not be called. */
export async function addressesOf(host: string, { allowPrivate, setting, resolve = resolveAll }: Rules) {
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  const inside = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
  if (inside) throw notPublicAddress(host, setting);
  return addresses;
}

/** Name resolution that answers what was judged, whatever the name means by now. */
export const lookupOf =
  (addresses: Address[]): LookupFunction =>
  (_host, options, done) =>
    options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);

/** Says no address: whoever may write a URL need not learn how names resolve inside. */
export const notPublicAddress = (host: string, setting: string): Problem =>
  new Problem("forbidden", `${host} is not an address on the public internet.`, {
    hint: `Whoever runs the server may allow private addresses: ${setting}.`,
  });
