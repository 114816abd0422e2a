import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Client, createClient } from "../contract/client.ts";
import { readJson, replaceFile } from "./files.ts";

const addressSchema = z.object({ controlUrl: z.string(), token: z.string() });
type Address = z.infer<typeof addressSchema>;

/**
 * The way to the control plane. Its address may change while the node runs: the control plane then rewrites
 * `control.json`, which is read again when it has changed and when a call has failed.
 */
export class Control {
  readonly #path: string;
  #address: Address;
  #client: Client;
  #modified = 0;

  private constructor(path: string, address: Address) {
    this.#path = path;
    this.#address = address;
    this.#client = clientFor(address);
  }

  /** What the node was started with is newer than what the folder says. */
  static async open(home: string, address: Address): Promise<Control> {
    const path = join(home, "control.json");
    const { controlUrl, token } = address;
    await replaceFile(path, JSON.stringify({ controlUrl, token }));
    return new Control(path, { controlUrl, token });
  }

  /** Calls the control plane; once more if the call failed and the address turns out to have changed. */
  async call<T>(send: (client: Client) => Promise<T>): Promise<T> {
    await this.#readAgain();
    const used = this.#client;
    try {
      return await send(used);
    } catch (error) {
      await this.#readAgain(true);
      if (this.#client === used) throw error;
      return await send(this.#client);
    }
  }

  async #readAgain(always = false): Promise<void> {
    const modified = await stat(this.#path).then(
      (file) => file.mtimeMs,
      () => this.#modified,
    );
    if (!always && modified === this.#modified) return;
    this.#modified = modified;
    const read = addressSchema.safeParse(await readJson(this.#path));
    if (!read.success) return;
    const { controlUrl, token } = read.data;
    if (controlUrl === this.#address.controlUrl && token === this.#address.token) return;
    this.#address = { controlUrl, token };
    this.#client = clientFor(this.#address);
  }
}

const clientFor = (address: Address): Client =>
  createClient({ baseUrl: address.controlUrl.replace(/\/+$/, ""), token: address.token });
