import { BlockList, isIP } from "node:net";

/** Networks that are not the public internet: this machine, private and link-local ones, metadata services, tests. */
const notPublic = new BlockList();
for (const network of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]) {
  const [address = "", bits] = network.split("/");
  notPublic.addSubnet(address, Number(bits), "ipv4");
}

/** Parts of `2000::/3` that are not public themselves, or that carry an IPv4 address inside. */
const notPublicV6 = new BlockList();
for (const network of ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]) {
  const [address = "", bits] = network.split("/");
  notPublicV6.addSubnet(address, Number(bits), "ipv6");
}

const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address belongs to the public internet. IPv6 addresses with an IPv4 address inside do not count. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !notPublic.check(address, "ipv4");
  if (isIP(address) !== 6) return false;
  return globalUnicast.check(address, "ipv6") && !notPublicV6.check(address, "ipv6");
}
