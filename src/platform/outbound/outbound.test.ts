import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { isPublicAddress } from "./address.ts";
import { type Outgoing, postOutside } from "./post.ts";

describe("an address", () => {
  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "localhost",
    "",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("a request to outside", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function listen(answer: RequestListener): Promise<{ port: number; seen: string[] }> {
    const seen: string[] = [];
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host}`);
      answer(request, response);
    });
    await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
    return { port: (server.address() as AddressInfo).port, seen };
  }
  const post = (url: string, more: Partial<Outgoing> = {}) =>
    postOutside({ url, headers: {}, body: "{}", timeoutMs: 2000, allowPrivate: false, ...more });

  it.each([
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0:PORT/",
    "http://127.1:PORT/",
    "http://169.254.169.254/latest/meta-data/",
  ])("never reaches %s", async (url) => {
    const { port, seen } = await listen((_, response) => response.end("secret"));
    await expect(post(url.replace("PORT", String(port)))).rejects.toMatchObject({ code: "forbidden" });
    expect(seen).toEqual([]);
  });

  it("judges every address that a name has, and goes to no other", async () => {
    const { port, seen } = await listen((_, response) => response.end("secret"));
    const inside = { address: "127.0.0.1", family: 4 };
    const url = `http://rebinding.example:${port}/`;
    const mixed = async () => [{ address: "93.184.216.34", family: 4 }, inside];
    await expect(post(url, { resolve: mixed })).rejects.toMatchObject({ code: "forbidden" });
    expect(seen).toEqual([]);
    // One address when it is judged, another from then on: the name is asked for once.
    let asked = 0;
    const rebinding = async () => (asked++ === 0 ? [{ address: "127.0.0.2", family: 4 }] : [inside]);
    await expect(post(url, { resolve: rebinding, allowPrivate: true })).rejects.toThrow("ECONNREFUSED");
    expect([asked, seen]).toEqual([1, []]);
    const answer = await post(url, { resolve: async () => [inside], allowPrivate: true });
    expect(answer).toEqual({ status: 200, body: "secret" });
    expect(seen).toEqual([`POST / rebinding.example:${port}`]);
  });

  it("follows no redirect", async () => {
    const { port, seen } = await listen((_, response) => response.writeHead(302, { location: "/inside" }).end());
    expect(await post(`http://127.0.0.1:${port}/`, { allowPrivate: true })).toMatchObject({ status: 302 });
    expect(seen).toHaveLength(1);
  });

  it("reads the beginning of an endless answer, and waits for no slow one", async () => {
    const endless = await listen((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        response.once("drain", more);
      };
      more();
    });
    const answer = await post(`http://127.0.0.1:${endless.port}/`, { allowPrivate: true });
    expect(answer.body.length).toBeLessThan(256 * 1024);
    server?.closeAllConnections();
    server?.close();
    const silent = await listen(() => undefined);
    const late = post(`http://127.0.0.1:${silent.port}/`, { allowPrivate: true, timeoutMs: 200 });
    await expect(late).rejects.toThrow("no answer within 0.2 s");
    const slowName = post("http://slow.example/", { resolve: () => new Promise(() => undefined), timeoutMs: 200 });
    await expect(slowName).rejects.toThrow("no answer within 0.2 s");
  });
});
