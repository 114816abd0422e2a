import type { assetTypes, valueTypes } from "../contract/job.ts";
import type { Asset } from "./assets.ts";

export type ValueType = (typeof valueTypes)[number];
export type AssetType = (typeof assetTypes)[number];
export type IoType = ValueType | AssetType;
export type Scalar = string | number | boolean;

/** What a value type is in TypeScript. */
export type Value<T extends ValueType> = T extends "number" | "integer"
  ? number
  : T extends "boolean"
    ? boolean
    : string;

/** An input that is more than its type. One with a default, or that is optional, may be left out. */
export interface InputSpec<T extends IoType = IoType> {
  type: T;
  optional?: boolean;
  default?: T extends ValueType ? Value<T> : never;
  min?: number;
  max?: number;
  enum?: readonly Scalar[];
  /** `direct`: the step is told the URL itself. */
  mode?: "direct";
}
/** `"number"`, or `{ type: "number", default: 0.1 }`. */
export type InputDeclaration = IoType | { [T in IoType]: InputSpec<T> }[IoType];

/** An output that is more than its type: what is written there becomes a version of a data asset or model of that name. */
export interface OutputSpec<T extends IoType = IoType> {
  type: T;
  register?: { name: string; version?: string };
  /** Where it is written to besides; `${{name}}` in it is the name of the job. */
  url?: string;
}
export type OutputDeclaration = IoType | { [T in IoType]: OutputSpec<T> }[IoType];

export type Inputs = Readonly<Record<string, InputDeclaration>>;
export type Outputs = Readonly<Record<string, OutputDeclaration>>;
/** No inputs, or no outputs. */
export type None = Record<never, never>;

export type TypeOf<D> = D extends IoType ? D : D extends { type: infer T extends IoType } ? T : never;

declare const carries: unique symbol;
/** The value of an input of the pipeline, or an output of a step, that does not exist yet. */
export interface Reference<T extends IoType = IoType> {
  readonly [carries]: T;
}

/** What a type may be made of: an integer is a number, a model is a folder. */
type SourceOf<T extends IoType> = T extends "number"
  ? "number" | "integer"
  : T extends "string"
    ? ValueType
    : T extends "uri_folder" | "mltable" | "mlflow_model" | "triton_model"
      ? Exclude<AssetType, "uri_file">
      : T extends "custom_model"
        ? AssetType
        : T extends "uri_file"
          ? "uri_file" | "custom_model"
          : T;

/** What may be given for an input of a type. */
export type Given<T extends IoType> =
  | Reference<SourceOf<T>>
  | (T extends ValueType ? Value<T> : T extends AssetType ? Asset : never);

type MayBeLeftOut<D> = D extends { optional: true } | { default: Scalar } ? true : false;

/** The arguments of a component: those that must be given, and those that may. */
export type Arguments<I extends Inputs> = {
  readonly [K in keyof I as MayBeLeftOut<I[K]> extends true ? never : K]: Given<TypeOf<I[K]>>;
} & {
  readonly [K in keyof I as MayBeLeftOut<I[K]> extends true ? K : never]?: Given<TypeOf<I[K]>>;
};

export type References<O extends Inputs | Outputs> = { readonly [K in keyof O]: Reference<TypeOf<O[K]>> };
