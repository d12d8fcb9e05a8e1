import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

export type Role = "none" | "subject" | "predicate" | "object" | "graph" | "keyword";

/** What a caret stands at: its part of a triple, and the subject and predicate written before it. */
export interface Position {
  role: Role;
  subject: string;
  predicate: string;
}

interface Piece {
  name: string;
  text: string;
}

const SILENT = /^(Comment|Iriref|IRIREF|IriRef|String.*|RDFLiteral)$/;
const TERMS = /^(Var|Iri|IriRef|PrefixedName|Pname_ln|Pname_ns|A_predicate|RdfLiteral|NumericLiteral|BooleanLiteral|BlankNode|String)$/;

function leaves(state: EditorState, from: number, to: number): Piece[] {
  const found: Piece[] = [];
  syntaxTree(state).iterate({
    from,
    to,
    enter(node) {
      if (node.to > to || node.from < from) return true;
      const text = state.sliceDoc(node.from, node.to);
      if (TERMS.test(node.name)) {
        if (text) found.push({ name: "term", text });
        return false;
      }
      if (!node.node.firstChild && text.trim()) found.push({ name: node.name, text });
      return true;
    },
  });
  return found;
}

function inside(node: SyntaxNode | null, names: RegExp): boolean {
  for (let at = node; at; at = at.parent) if (names.test(at.name)) return true;
  return false;
}

/**
 * Where a caret stands. It reads the pieces before the word at the caret back to the last bracket or full
 * stop, so a query that is not finished, and any kind of group (GRAPH, OPTIONAL, UNION), is read alike.
 */
export function positionAt(state: EditorState, wordStart: number): Position {
  const node = syntaxTree(state).resolveInner(wordStart, 1);
  const before = syntaxTree(state).resolveInner(wordStart, -1);
  const nowhere: Position = { role: "none", subject: "", predicate: "" };
  if (inside(before, /Comment|^String/) && before.to > wordStart) return nowhere;
  if (SILENT.test(node.name) && node.from < wordStart) return nowhere;
  const pieces = leaves(state, 0, wordStart);
  const depth = pieces.filter((one) => one.text === "{").length - pieces.filter((one) => one.text === "}").length;
  const last = pieces.at(-1);
  if (last && /^(GRAPH|NAMED|FROM)$/i.test(last.text)) return { ...nowhere, role: "graph" };
  if (depth <= 0 || parenthesised(pieces)) return { ...nowhere, role: "keyword" };
  return inTriple(pieces);
}

function parenthesised(pieces: Piece[]): boolean {
  let open = 0;
  for (const { text } of pieces) {
    if (text === "(") open++;
    else if (text === ")") open = Math.max(open - 1, 0);
    else if (text === "{" || text === "}") open = 0;
  }
  return open > 0;
}

function inTriple(pieces: Piece[]): Position {
  let terms: string[] = [];
  for (const { name, text } of pieces) {
    if (name === "term") {
      terms.push(text);
    } else if (text === ";") {
      terms = terms.slice(0, 1);
    } else if (text === ",") {
      terms = terms.slice(0, 2);
    } else if (/^[{}.()[\]]$/.test(text) || /^[A-Za-z]+$/.test(text)) {
      terms = text === "a" ? [...terms, text] : text === "[" ? [...terms, "[]"].slice(-1) : [];
    } else if (/^[/|^*+?!]$/.test(text) && terms.length > 1) {
      terms = /^[*+?]$/.test(text) ? terms : terms.slice(0, 1);
    }
  }
  const role: Role = terms.length === 0 ? "subject" : terms.length === 1 ? "predicate" : terms.length === 2 ? "object" : "none";
  return { role, subject: terms[0] ?? "", predicate: terms[1] ?? "" };
}
