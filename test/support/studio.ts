import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createServerProcess, type ServerProcess } from "./server-process.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A person at a browser session of their own. */
export interface Visitor {
  page: Page;
  /** What the browser complained about: scripts, styles and connections that were refused, errors of the page. */
  complaints: string[];
  /** Opens a page of Studio by its path. */
  open(path: string): Promise<unknown>;
}

/** A server of its own, and one browser to look at it with. */
export interface Studio {
  server: ServerProcess;
  /** A folder that goes with it. */
  folder: string;
  /** Signs in as the owner, or as whose token it is. */
  signIn(options?: Pick<BrowserContextOptions, "colorScheme" | "viewport"> & { token?: string }): Promise<Visitor>;
  close(): Promise<void>;
}

/** Starts a server and a browser. `home` is one that has content; without it, the home is new. */
export async function openStudio(home?: string): Promise<Studio> {
  const folder = mkdtempSync(join(tmpdir(), "trainyard-studio-"));
  const server = await createServerProcess(home ?? join(folder, "home"));
  await server.start();
  let browser: Browser | undefined;
  return {
    server,
    folder,
    async signIn({ token, ...options } = {}) {
      browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: flags });
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto((await server.client(token).access.createSignInLink()).url);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      return { page, complaints, open: (path) => page.goto(`${server.url}${path}`) };
    },
    async close() {
      await browser?.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
