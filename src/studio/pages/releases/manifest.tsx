import type { Manifest } from "../../../contract/release.ts";
import { Digest } from "../../parts/copy.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";

interface Part {
  kind: string;
  name: string;
  path?: string;
  digest: string;
}

function partsOf(manifest: Manifest): Part[] {
  const { build } = manifest;
  return [
    { kind: "code", name: `build ${build.name} ${build.number}`, path: `build/${build.number}`, digest: build.code },
    ...manifest.models.map(({ name, version, digest }) => ({
      kind: "model",
      name: `${name} ${version}`,
      path: `model/${name}/${version}`,
      digest,
    })),
    ...manifest.models.flatMap(({ name, version, conversion }) =>
      conversion
        ? [{ kind: "ONNX model", name: `${name} ${version}`, path: `model/${name}/${version}`, digest: conversion }]
        : [],
    ),
    ...(manifest.application ? [{ kind: "application", name: "web application", digest: manifest.application }] : []),
    ...(manifest.configuration
      ? [{ kind: "configuration", name: "configuration", digest: manifest.configuration }]
      : []),
    ...manifest.environmentLocks.map((digest, index) => ({
      kind: "environment lock",
      name: `lock ${index + 1}`,
      digest,
    })),
    ...manifest.monitors.map(({ name, digest }) => ({ kind: "monitor", name, path: `monitor/${name}`, digest })),
    ...manifest.evidence.map(({ name, digest }) => ({ kind: "evidence", name, digest })),
  ];
}

const columns: Column<Part>[] = [
  { id: "kind", header: "What", width: 150, cell: (part) => part.kind },
  {
    id: "name",
    header: "Name",
    cell: (part) => (part.path ? <Subject path={part.path}>{part.name}</Subject> : part.name),
  },
  { id: "digest", header: "sha256", cell: (part) => <Digest value={part.digest} chars={20} /> },
];

/** Everything that the release is, by content. An approval signs the digest of exactly this. */
export const ManifestTable = ({ manifest }: { manifest: Manifest }) => (
  <DataTable
    label="Manifest"
    rows={partsOf(manifest)}
    columns={columns}
    rowKey={(part) => `${part.kind} ${part.name} ${part.digest}`}
  />
);
