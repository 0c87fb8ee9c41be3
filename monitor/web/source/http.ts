// Asks the server over HTTP with the token of whoever is signed in, and turns refusals into one kind of error.
import { makeId } from "./logic/ids";
import { codeOf } from "./logic/problems";
import { session } from "./session";
import type { Listing, ProblemBody } from "./wire";

/** Pages of one list that are followed: more than a console can show helps nobody. */
const MOST_PAGES = 10;
const PATIENCE_MS = 20_000;
/** A picture over a slow link takes minutes, and shows nothing until it is whole. */
const FILE_PATIENCE_MS = 180_000;

export class Refused extends Error {
  readonly status: number;
  readonly problem: ProblemBody;

  constructor(status: number, problem: ProblemBody) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }

  /** The stable code, such as `credentials_wrong`. */
  get code(): string {
    return codeOf(this.problem);
  }
}

/** No answer at all: the server is away, or the link is. */
export class Unreachable extends Error {}

export type Query = Record<string, string | number | null | undefined>;

/** What is read and how it is asked for, so that it can be asked for elsewhere too. */
export interface Reading {
  path: string;
  query: Query;
}

/** `key` names a POST that must happen once, however often it is sent. */
export async function ask<Answer>(method: string, path: string, body?: unknown, key = makeId()): Promise<Answer> {
  const answer = await send(method, path, body, key);
  if (answer.status === 204) return undefined as Answer;
  return (await answer.json()) as Answer;
}

export async function get<Answer>(path: string, query: Query = {}): Promise<Answer> {
  return ask<Answer>("GET", addressOf({ path, query }));
}

/** Every item of a list, page after page. */
export async function list<Item>(path: string, query: Query = {}, most = MOST_PAGES): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | null = null;
  for (let page = 0; page < most; page += 1) {
    const answer: Listing<Item> = await get(path, { ...query, after });
    items.push(...answer.items);
    after = answer.next;
    if (after === null || after === undefined) break;
  }
  return items;
}

/** A file that only its owner may see: it needs the token, which an address in the page cannot carry. */
export async function file(path: string): Promise<Blob> {
  return (await send("GET", path, undefined, "", FILE_PATIENCE_MS)).blob();
}

async function send(method: string, path: string, body: unknown, key: string, patienceMs = PATIENCE_MS): Promise<Response> {
  const token = await session.token();
  const answer = await raw(method, path, body, token, key, patienceMs);
  if (answer.status !== 401 || token === null) return settled(answer);
  // The token may have been withdrawn before its time: one fresh one, then the refusal stands.
  const renewed = await session.renew(token);
  return settled(renewed === null ? answer : await raw(method, path, body, renewed, key, patienceMs));
}

/** One request without any memory of who asks, for the session itself. */
export async function raw(
  method: string,
  path: string,
  body: unknown,
  token: string | null,
  key = makeId(),
  patienceMs = PATIENCE_MS,
): Promise<Response> {
  const headers = new Headers({ accept: "application/json, */*;q=0.5" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  if (method === "POST" && token !== null) headers.set("idempotency-key", key);
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

export async function settled(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  let problem: ProblemBody = {};
  try {
    problem = (await answer.json()) as ProblemBody;
  } catch {
    problem = { title: answer.statusText };
  }
  throw new Refused(answer.status, problem);
}

export function addressOf({ path, query }: Reading): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") pairs.set(name, String(value));
  }
  const joined = pairs.toString();
  return joined === "" ? path : `${path}?${joined}`;
}
