import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import { completions } from "./completion";
import { declaration, declared, missing } from "./prefixes";
import { gettext } from "./texts";
import type { Vocabulary } from "./vocabulary";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.variableName, tags.local(tags.variableName)], color: "var(--bad)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool], color: "var(--middle)" },
  { tag: [tags.url, tags.link], color: "var(--quiet)" },
  { tag: [tags.namespace, tags.tagName], color: "var(--link)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "0.92rem", border: "1px solid var(--quiet)", borderRadius: "4px" },
  "&.cm-focused": { outline: "3px solid var(--mark)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.5", minHeight: "16rem", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--faint)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--plain-bg) 45%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  ".cm-matchingBracket": { backgroundColor: "var(--plain-bg)", outline: "1px solid var(--quiet)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--quiet)", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--code)", maxHeight: "20rem", maxWidth: "min(30rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.5rem", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginLeft: "0.8em" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { fontFamily: "var(--text)", padding: "0.5rem 0.7rem", maxWidth: "22rem" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 2px", textUnderlineOffset: "0.25em" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});

/** What the library of the editor says by itself, by its own words. */
function phrases(): Record<string, string> {
  return {
    Completions: gettext("Completions"),
    Diagnostics: gettext("Diagnostics"),
    "No diagnostics": gettext("No diagnostics"),
    "Control character": gettext("Control character"),
    "Selection deleted": gettext("Selection deleted"),
    close: gettext("close"),
  };
}

/** A place in a query, from 1. */
export interface Place {
  line: number;
  column: number;
}

/** The editor that stands in for a text area; it keeps the text of the area in step. */
export class Editor {
  readonly view: EditorView;
  private prefixes: Record<string, string> = {};

  /**
   * The editor lives in a shadow tree: there its styles are constructed style sheets, which a strict
   * Content-Security-Policy allows, where a document would get an inline style element.
   */
  constructor(
    area: HTMLTextAreaElement,
    vocabulary: Promise<Vocabulary>,
    names: string,
    run: () => void,
  ) {
    const host = document.createElement("div");
    host.className = "editor";
    area.after(host);
    const root = host.attachShadow({ mode: "open" });
    const runs = { key: "Mod-Enter", run: () => (run(), true), preventDefault: true };
    const listening = EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      area.value = update.state.doc.toString();
      if (update.transactions.some((one) => one.isUserEvent("input.type"))) this.declareTyped();
    });
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: area.value,
        extensions: [
          Prec.highest(keymap.of([runs, { key: "Tab", run: acceptCompletion }, { key: "Mod-/", run: toggleComment }])),
          EditorState.phrases.of(phrases()),
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          indentUnit.of("  "),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          EditorView.lineWrapping,
          sparql(),
          syntaxHighlighting(colours),
          look,
          autocompletion({ override: [completions(() => vocabulary, names)], icons: false, activateOnTypingDelay: 120 }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.contentAttributes.of({ "aria-label": gettext("Query"), spellcheck: "false", autocapitalize: "off" }),
          listening,
        ],
      }),
    });
    void vocabulary.then(({ prefixes }) => (this.prefixes = prefixes));
    area.hidden = true;
    area.required = false;
    for (const label of area.labels) label.addEventListener("click", () => this.view.focus());
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  /** Declares every known prefix the query uses without declaring it. */
  declareMissing(): void {
    const changes = missing(this.view.state, this.prefixes);
    if (changes.length) this.view.dispatch({ changes });
  }

  /** Marks where a query is wrong, and puts the caret there. */
  mark(place: Place, message: string): void {
    const document = this.view.state.doc;
    const line = document.line(Math.min(Math.max(place.line, 1), document.lines));
    const from = Math.min(line.from + [...line.text].slice(0, place.column - 1).join("").length, line.to);
    const word = /^[^\s{}().;,]+/.exec(document.sliceString(from, line.to))?.[0].length ?? 1;
    const to = Math.min(from + word, document.length);
    const start = from === to && from > 0 ? from - 1 : from;
    this.view.dispatch(setDiagnostics(this.view.state, [{ from: start, to, severity: "error", message }]));
    this.view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.view.focus();
  }

  /** Takes the mark away. */
  clear(): void {
    this.view.dispatch(setDiagnostics(this.view.state, []));
  }

  private declareTyped(): void {
    const { state } = this.view;
    const head = state.selection.main.head;
    const before = state.sliceDoc(Math.max(head - 40, 0), head);
    const prefix = /(?:^|[\s{(^/|!,;])([A-Za-z][\w.-]*):$/.exec(before)?.[1];
    const namespace = prefix === undefined ? undefined : this.prefixes[prefix];
    const onPrefixLine = /^\s*PREFIX\b/i.test(state.doc.lineAt(head).text);
    if (prefix === undefined || namespace === undefined || onPrefixLine || declared(state).has(prefix)) return;
    queueMicrotask(() => this.view.dispatch({ changes: declaration(this.view.state, prefix, namespace) }));
  }
}
