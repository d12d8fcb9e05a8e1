import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorState } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { positionAt, type Position } from "./position";
import { declaration, declared } from "./prefixes";
import { digits } from "./texts";
import { suggest, type Named, type Term, type Vocabulary } from "./vocabulary";

const KEYWORDS = (
  "SELECT DISTINCT WHERE OPTIONAL FILTER UNION MINUS GRAPH BIND VALUES EXISTS NOT ASK CONSTRUCT DESCRIBE " +
  "PREFIX FROM LIMIT OFFSET ORDER BY GROUP HAVING DESC ASC COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT AS " +
  "CONTAINS LCASE STR STRSTARTS STRAFTER LANG COALESCE BOUND REGEX IF IN YEAR"
).split(" ");
const IN_GROUP = new Set("OPTIONAL FILTER UNION MINUS GRAPH BIND VALUES".split(" "));
const SHOWN = 60;
const TYPE = /^(a|rdf:type)$/;

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How well a term fits what was typed: higher is better, undefined is not at all. */
function fit(term: Term, typed: string): number | undefined {
  if (!typed) return 0;
  const name = plain(term.name);
  const local = name.slice(name.indexOf(":") + 1);
  if (name.startsWith(typed) || local.startsWith(typed)) return 30;
  const label = plain(term.label);
  if (label.startsWith(typed)) return 25;
  if (local.includes(typed)) return 15;
  return label.includes(typed) ? 10 : undefined;
}

function insertion(name: string, iri: string, namespaces: Record<string, string>) {
  return (view: EditorView, _: Completion, from: number, to: number): void => {
    const prefix = /^([\w.-]*):/.exec(name)?.[1];
    const namespace = prefix === undefined ? undefined : namespaces[prefix];
    const text = namespace === undefined ? `<${iri}>` : name;
    const known = prefix !== undefined && declared(view.state).get(prefix) === namespace;
    const changes = [{ from, to, insert: text }];
    const extra = namespace !== undefined && !known ? [declaration(view.state, prefix ?? "", namespace)] : [];
    const all = view.state.changes([...extra, ...changes]);
    view.dispatch({
      changes: all,
      selection: { anchor: all.mapPos(to, 1) },
      userEvent: "input.complete",
      scrollIntoView: true,
    });
  };
}

function classesOf(state: EditorState, subject: string): string[] {
  if (!/^[?$]/.test(subject)) return [];
  const name = subject.slice(1).replace(/[^\w]/g, "");
  const pattern = new RegExp(`[?$]${name}\\s+(?:a|rdf:type)\\s+([\\w.-]*:[\\w.-]+)`, "g");
  return [...state.doc.toString().matchAll(pattern)].map((match) => match[1] ?? "");
}

function option(term: Term, boost: number, vocabulary: Vocabulary): Completion {
  const count = term.count === undefined ? "" : `${digits(term.count)}×`;
  const label = term.label === term.name ? "" : term.label;
  return {
    label: term.name,
    detail: [label, count].filter(Boolean).join(" · "),
    type: term.kind,
    boost,
    ...(term.meaning ? { info: term.meaning } : {}),
    apply: insertion(term.name, term.iri, vocabulary.prefixes),
  };
}

function terms(state: EditorState, place: Position, typed: string, vocabulary: Vocabulary): Completion[] {
  const wanted =
    place.role === "predicate"
      ? ["property"]
      : place.role === "graph"
        ? ["graph"]
        : TYPE.test(place.predicate)
          ? ["class"]
          : ["concept", "scheme"];
  const fitting = new Set(classesOf(state, place.subject).flatMap((name) => vocabulary.properties[name] ?? []));
  const found = vocabulary.terms.flatMap((term) => {
    const fits = wanted.includes(term.kind) ? fit(term, typed) : undefined;
    if (fits === undefined || (place.role === "object" && !typed && wanted[0] === "concept")) return [];
    const used = Math.min(Math.log10(1 + (term.count ?? 0)), 8);
    return [option(term, fits + used + (fitting.has(term.name) ? 40 : 0), vocabulary)];
  });
  return found.sort((one, other) => (other.boost ?? 0) - (one.boost ?? 0)).slice(0, SHOWN);
}

function variables(state: EditorState, typed: string): Completion[] {
  const found = new Set(state.doc.toString().match(/[?$]\w+/g) ?? []);
  found.delete(typed);
  return [...found].map((label) => ({ label, type: "variable" }));
}

function keywords(typed: string, inGroup: boolean): Completion[] {
  return KEYWORDS.filter((word) => !inGroup || IN_GROUP.has(word))
    .filter((word) => typed && word.toLowerCase().startsWith(typed))
    .map((label) => ({ label, type: "keyword", boost: -10 }));
}

function things(found: Named[], prefixes: Record<string, string>): Completion[] {
  return found.map(({ iri, label, kind_name: kind, context }, at) => ({
    label,
    detail: [kind, context].filter(Boolean).join(" · "),
    type: "thing",
    boost: -20 - at,
    apply: insertion("", iri, prefixes),
  }));
}

/** The source of completions: by position, from the vocabulary, and things by their names. */
export function completions(loaded: () => Promise<Vocabulary>, names: string) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[?$]?[\p{L}\p{N}_:.-]*/u);
    const from = word?.from ?? context.pos;
    const text = word?.text ?? "";
    const place = positionAt(context.state.sliceDoc(0, from));
    if (place.role === "none" || (!text && !context.explicit)) return null;
    if (/^[?$]/.test(text)) return { from, options: variables(context.state, text), validFor: /^[?$]\w*$/ };
    const vocabulary = await loaded();
    const typed = plain(text);
    const options: Completion[] = [];
    if (place.role === "keyword") {
      options.push(...keywords(typed, false));
    } else {
      options.push(...terms(context.state, place, typed, vocabulary));
      if (place.role === "predicate" && "a".startsWith(typed)) options.unshift({ label: "a", type: "keyword", boost: 50 });
      if (place.role === "subject") options.push(...keywords(typed, true));
      if (place.role !== "graph") options.push(...(context.explicit ? variables(context.state, text) : []));
      const named = place.role === "subject" || (place.role === "object" && !TYPE.test(place.predicate));
      if (named && typed.length > 1 && !typed.includes(":")) {
        const controller = new AbortController();
        context.addEventListener("abort", () => controller.abort());
        options.push(...things(await suggest(names, text, "", controller.signal), vocabulary.prefixes));
      }
    }
    return options.length && !context.aborted ? { from, options, filter: false } : null;
  };
}
