import { z } from "zod";

/** What a text that means a model version says: at least one of name and digest, and at most one way to choose. */
export interface ModelReference {
  name?: string;
  /** A number. */
  version?: string;
  /** An alias, or `latest`. */
  label?: string;
  /** A stage of the registry, as in `models:/churn/Production`: its newest version. */
  stage?: string;
  /** sha256 of the tree of files, or its beginning. */
  digest?: string;
}

const form = /^(?<name>[^/:\\@]+(?:@[^/:\\@]+)*?)??(?:(?<mark>[:/@])(?<choice>[^/:\\@]+|sha256:[0-9a-f]+))?$/;
const digestForm = /^sha256:([0-9a-f]{8,64})$/i;

/**
 * Understands `churn`, `churn:3`, `churn@champion`, `sha256:…` (whole, or at least 8 digits of it), `churn@sha256:…`,
 * MLflow's `models:/churn/3`, `models:/churn@champion` and `models:/churn/Production`, and Azure's `azureml:churn:3`.
 */
export function parseModelReference(text: string): ModelReference | undefined {
  const written = text.trim().replace(/^(models:\/+|azureml:(?!\/))/, "");
  const whole = digestForm.exec(written);
  if (whole) return { digest: whole[1]!.toLowerCase() };
  if (/^sha256:/i.test(written)) return undefined;
  const { name, mark, choice } = form.exec(written)?.groups ?? {};
  if (!name || name.trim() === "") return undefined;
  if (mark === undefined || choice === undefined) return { name, label: "latest" };
  const digest = digestForm.exec(choice);
  if (digest) return mark === "@" ? { name, digest: digest[1]!.toLowerCase() } : undefined;
  if (mark === "@" || choice === "latest") return { name, label: choice };
  if (/^\d+$/.test(choice)) return { name, version: choice };
  return mark === "/" ? { name, stage: choice } : { name, version: choice };
}

/** A model version as a request names it: in words, or by name and number. */
export const modelVersionRefSchema = z.union([
  z.string().min(1).max(600),
  z.strictObject({ name: z.string().min(1).max(256), version: z.string() }),
]);
export type ModelVersionRef = z.infer<typeof modelVersionRefSchema>;
