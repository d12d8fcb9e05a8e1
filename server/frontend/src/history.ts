import { gettext, language } from "./texts";

const KEY = "policytrace.queries";
const KEPT = 50;

interface Entry {
  query: string;
  when: string;
  rows: number;
}

function read(): Entry[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((one): one is Entry => typeof one?.query === "string") : [];
  } catch {
    return [];
  }
}

function write(entries: Entry[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // A browser that stores nothing has no history.
  }
}

function title(query: string): string {
  const lines = query.split("\n").map((line) => line.trim());
  const comment = lines.find((line) => line.startsWith("#"))?.replace(/^#+\s*/, "");
  const body = lines.filter((line) => line && !/^(PREFIX|BASE|#)/i.test(line)).join(" ");
  return (comment || body).slice(0, 110);
}

/** Queries asked before in this browser; they never leave it. */
export class History {
  private readonly box = document.createElement("details");

  constructor(
    after: HTMLElement,
    private readonly open: (query: string) => void,
  ) {
    this.box.className = "history";
    after.after(this.box);
    this.show();
  }

  add(query: string, rows: number): void {
    const others = read().filter((one) => one.query !== query);
    write([{ query, rows, when: new Date().toISOString() }, ...others].slice(0, KEPT));
    this.show();
  }

  private show(): void {
    const entries = read();
    this.box.hidden = entries.length === 0;
    const summary = document.createElement("summary");
    summary.textContent = gettext("Earlier queries ({count}, kept in this browser only)", { count: entries.length });
    const list = document.createElement("ol");
    for (const { query, when, rows } of entries) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = title(query);
      button.title = query;
      button.addEventListener("click", () => this.open(query));
      const note = document.createElement("small");
      note.className = "quiet";
      const counted = rows < 0 ? [] : [gettext("rows: {count}", { count: rows })];
      note.textContent = " " + [new Date(when).toLocaleString(language), ...counted].join(", ");
      const item = document.createElement("li");
      item.append(button, note);
      list.append(item);
    }
    const clear = document.createElement("button");
    clear.type = "button";
    clear.textContent = gettext("Forget all");
    clear.addEventListener("click", () => (write([]), this.show()));
    this.box.replaceChildren(summary, list, clear);
  }
}
