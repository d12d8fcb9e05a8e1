import { syntaxTree } from "@codemirror/language";
import type { ChangeSpec, EditorState } from "@codemirror/state";

/** Namespaces by the prefixes a query declares. */
export function declared(state: EditorState): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, prefix, namespace] of state.doc.toString().matchAll(/^\s*PREFIX\s+([\w.-]*):\s*<([^>]*)>/gim)) {
    found.set(prefix ?? "", namespace ?? "");
  }
  return found;
}

/** The change that declares a prefix above the query, after the declarations that are there. */
export function declaration(state: EditorState, prefix: string, namespace: string): ChangeSpec {
  let place = 0;
  for (let number = 1; number <= state.doc.lines; number++) {
    const line = state.doc.line(number);
    if (/^\s*(PREFIX|BASE)\b/i.test(line.text)) place = Math.min(line.to + 1, state.doc.length);
  }
  const before = place > 0 && state.sliceDoc(place - 1, place) !== "\n" ? "\n" : "";
  return { from: place, insert: `${before}PREFIX ${prefix}: <${namespace}>\n` };
}

/** The prefixes a query uses without declaring them. */
export function undeclared(state: EditorState): Set<string> {
  const known = declared(state);
  const found = new Set<string>();
  syntaxTree(state).iterate({
    enter(node) {
      if (node.name === "PrefixDecl") return false;
      if (node.name === "Pname_ln" || node.name === "Pname_ns") {
        const prefix = state.sliceDoc(node.from, node.to).split(":", 1)[0] ?? "";
        if (!known.has(prefix)) found.add(prefix);
      }
      return true;
    },
  });
  return found;
}

/** The changes that declare every prefix that is used, known and not declared. */
export function missing(state: EditorState, namespaces: Record<string, string>): ChangeSpec[] {
  return [...undeclared(state)].flatMap((prefix) => {
    const namespace = namespaces[prefix];
    return namespace === undefined ? [] : [declaration(state, prefix, namespace)];
  });
}
