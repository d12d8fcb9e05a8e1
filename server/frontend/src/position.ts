/** The part of a triple, or other place, a caret stands at. */
export type Role = "none" | "subject" | "predicate" | "object" | "graph" | "keyword";

/** What a caret stands at, and the subject and predicate written before it. */
export interface Position {
  role: Role;
  subject: string;
  predicate: string;
}

const PIECE =
  /#[^\n]*|<[^<>"{}|^`\\\s]*>|"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[?$]\w+|@[\w-]+|[\p{L}\w.-]*:(?:[\p{L}\w:%-]|\.(?=[\p{L}\w:%-]))*|[+-]?\d+(?:\.\d+)?|[A-Za-z_]\w*|\^\^|[{}()[\].;,/|^*+?!=<>"']/gu;
const TERM = /^(?:[?$]\w|[\p{L}\w.-]*:|<.+>$|["'].|\d|a$|true$|false$)/u;
const GRAPH = /^(?:GRAPH|NAMED|FROM)$/i;
const NOWHERE: Position = { role: "none", subject: "", predicate: "" };

/**
 * Where a caret stands. It reads the pieces of the text before the word at the caret, so a query that is not
 * finished, and any kind of group (GRAPH, OPTIONAL, UNION), is read alike.
 */
export function positionAt(before: string): Position {
  const pieces = before.match(PIECE) ?? [];
  const last = pieces.at(-1) ?? "";
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (/^["'<]$/.test(last) || (last.startsWith("#") && line.endsWith(last))) return NOWHERE;
  const read = pieces.filter((piece) => !piece.startsWith("#"));
  if (GRAPH.test(read.at(-1) ?? "")) return { ...NOWHERE, role: "graph" };
  let depth = 0;
  let parentheses = 0;
  for (const piece of read) {
    if (piece === "{" || piece === "}") {
      depth += piece === "{" ? 1 : -1;
      parentheses = 0;
    } else if (piece === "(" || piece === ")") {
      parentheses = Math.max(parentheses + (piece === "(" ? 1 : -1), 0);
    }
  }
  return depth > 0 && !parentheses ? inTriple(read) : { ...NOWHERE, role: "keyword" };
}

function inTriple(pieces: string[]): Position {
  let terms: string[] = [];
  for (const piece of pieces) {
    if (TERM.test(piece)) terms.push(piece);
    else if (piece === ";") terms = terms.slice(0, 1);
    else if (piece === ",") terms = terms.slice(0, 2);
    else if (/^[/|]$/.test(piece)) terms = terms.slice(0, 1);
    else if (piece === "[") terms = ["[]"];
    else if (!/^(?:[\^*+?!]|\^\^|@.*)$/.test(piece)) terms = [];
  }
  const roles: Role[] = ["subject", "predicate", "object"];
  return { role: roles[terms.length] ?? "none", subject: terms[0] ?? "", predicate: terms[1] ?? "" };
}
