// Fetches the two published documents and reads from them what the page shows; nothing about the API is written here.
import { signal } from "@preact/signals";

export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  pattern?: string;
  multipleOf?: number;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description?: string;
  schema: Schema;
  example?: string | number;
}

interface Content {
  schema: Schema;
  examples?: Record<string, { value?: unknown; $ref?: string; "x-live"?: Record<string, string> }>;
}

export interface Answer {
  description: string;
  content?: Record<string, Content>;
}

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Content> };
  responses: Record<string, Answer>;
  security: Record<string, string[]>[];
  "x-roles": string[];
  "x-devices": boolean;
}

/** One method of one address, with both said. */
export interface Call extends Operation {
  method: string;
  path: string;
}

export interface OpenApi {
  info: { description: string; version: string };
  tags: { name: string; description: string }[];
  calls: Call[];
  schemas: Record<string, Schema>;
}

export interface Message {
  name: string;
  payload: Schema;
  examples?: { name?: string; payload: Record<string, unknown> }[];
  "x-live"?: Record<string, Record<string, string>>;
}

export interface SocketOperation {
  action: "send" | "receive";
  summary: string;
  channel: { $ref: string };
  messages: { $ref: string }[];
  "x-roles"?: string[];
  "x-errors"?: string[];
}

interface SocketChannel {
  address: string;
  title: string;
  messages: Record<string, unknown>;
  "x-roles"?: string[];
}

interface CloseCode {
  code: number;
  meaning: string;
  comes_back: boolean;
}

export interface AsyncApi {
  info: { description: string };
  channels: Record<string, SocketChannel>;
  operations: Record<string, SocketOperation>;
  components: { messages: Record<string, Message>; schemas: Record<string, Schema> };
  "x-close-codes": CloseCode[];
  "x-limits": Record<string, number>;
}

export const openApi = signal<OpenApi | null>(null);
export const asyncApi = signal<AsyncApi | null>(null);
export const fault = signal<string | null>(null);

export async function load(): Promise<void> {
  try {
    const [http, socket] = await Promise.all([fetched("/v1/openapi.json"), fetched("/v1/asyncapi.json")]);
    openApi.value = read(http as RawOpenApi);
    asyncApi.value = socket as AsyncApi;
  } catch (error) {
    fault.value = error instanceof Error ? error.message : String(error);
  }
}

interface RawOpenApi {
  info: OpenApi["info"];
  tags: OpenApi["tags"];
  paths: Record<string, Record<string, Omit<Operation, "parameters"> & { parameters: (Parameter | { $ref: string })[] }>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
}

async function fetched(address: string): Promise<unknown> {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: HTTP ${answer.status}`);
  return answer.json();
}

function read(raw: RawOpenApi): OpenApi {
  const calls = Object.entries(raw.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Call => {
      const parameters = operation.parameters.flatMap((each) =>
        "$ref" in each ? (raw.components.parameters[lastOf(each.$ref)] ?? []) : each,
      );
      return { ...operation, parameters, method: method.toUpperCase(), path };
    }),
  );
  return { info: raw.info, tags: raw.tags, calls, schemas: raw.components.schemas };
}

/** The name at the end of a reference. */
export function lastOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

/** The JSON example of a call's body, and which of its members a real call must take from elsewhere. */
export function exampleOf(call: Call): { value: unknown; live: Record<string, string> } | null {
  const works = call.requestBody?.content["application/json"]?.examples?.["works"];
  return works === undefined ? null : { value: works.value, live: works["x-live"] ?? {} };
}
