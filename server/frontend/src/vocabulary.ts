/** What the editor completes from, as /api/vocabulary gives it. */
export interface Term {
  iri: string;
  name: string;
  kind: "class" | "property" | "concept" | "scheme" | "graph";
  label: string;
  meaning?: string;
  count?: number;
}

export interface Vocabulary {
  prefixes: Record<string, string>;
  terms: Term[];
  /** Properties of each class, by short names. */
  properties: Record<string, string[]>;
}

/** Something with a name, as /api/suggest gives it. */
export interface Named {
  iri: string;
  label: string;
  kind: string;
  kind_name: string;
  context: string;
}

export const NOTHING: Vocabulary = { prefixes: {}, terms: [], properties: {} };

async function json<T>(address: string, otherwise: T, signal?: AbortSignal): Promise<T> {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: signal ?? null });
    return answer.ok ? ((await answer.json()) as T) : otherwise;
  } catch {
    return otherwise;
  }
}

export function loadVocabulary(address: string): Promise<Vocabulary> {
  return json(address, NOTHING);
}

/** Things by parts of their name, nearest first; none when the server cannot say. */
export function suggest(
  address: string,
  words: string,
  kind = "",
  signal?: AbortSignal,
): Promise<Named[]> {
  const query = new URLSearchParams({ q: words, limit: "12" });
  if (kind) query.set("kind", kind);
  return json(`${address}${address.includes("?") ? "&" : "?"}${query}`, [], signal);
}
