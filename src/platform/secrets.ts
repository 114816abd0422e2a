import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../contract/errors.ts";

/**
 * Envelope encryption: each secret has a data key of its own, wrapped by the installation's key, which lives in a
 * file outside the database. `context` (workspace, kind, name) is authenticated: a ciphertext moved elsewhere does
 * not open.
 */
export interface SecretBox {
  seal(plain: string, context: string): string;
  open(sealed: string, context: string): string;
}

export function openSecretBox(home: string): SecretBox {
  const key = installationKey(join(home, "secret.key"));
  return {
    seal(plain, context) {
      const dataKey = randomBytes(32);
      return [encrypt(key, dataKey, context), encrypt(dataKey, Buffer.from(plain), context)].join(".");
    },
    open(sealed, context) {
      try {
        const [wrapped = "", content = ""] = sealed.split(".");
        return decrypt(decrypt(key, wrapped, context), content, context).toString();
      } catch (cause) {
        throw new Problem("unavailable", `The secret for ${context} cannot be opened with this installation's key.`, {
          hint: `Restore the file secret.key of the installation that sealed it.`,
          cause,
        });
      }
    },
  };
}

function installationKey(file: string): Buffer {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600, flag: "wx", flush: true });
  return readFileSync(file);
}

function encrypt(key: Buffer, plain: Buffer, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

function decrypt(key: Buffer, sealed: string, context: string): Buffer {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}
