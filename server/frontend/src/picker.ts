import { gettext } from "./texts";
import { suggest, type Named } from "./vocabulary";

const PAUSE = 120;

/**
 * A field that finds things by their names while people type: a combobox as the ARIA patterns have it. What
 * is sent stays in a hidden field of the old name: the identifier that was chosen, or what was typed.
 */
export class Picker {
  private readonly sent = document.createElement("input");
  private readonly list = document.createElement("ul");
  private found: Named[] = [];
  private active = -1;
  private timer = 0;
  private asking: AbortController | null = null;

  constructor(
    private readonly field: HTMLInputElement,
    private readonly kind: string,
    private readonly names: string,
  ) {
    this.sent.type = "hidden";
    this.sent.name = field.name;
    this.sent.value = field.value;
    field.removeAttribute("name");
    field.removeAttribute("list");
    field.value = field.dataset["label"] || field.value;
    this.list.id = `${field.id}-options`;
    this.list.className = "options";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", gettext("Suggestions"));
    this.list.hidden = true;
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" };
    for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
    field.after(this.list, this.sent);
    field.parentElement?.classList.add("picker");
    field.addEventListener("input", () => this.typed());
    field.addEventListener("focus", () => field.select());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = (event.target as Element).closest("li");
      if (item) this.choose([...this.list.children].indexOf(item));
    });
  }

  private typed(): void {
    this.sent.value = this.field.value;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), PAUSE);
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const controller = (this.asking = new AbortController());
    const found = await suggest(this.names, this.field.value, this.kind, controller.signal);
    if (controller.signal.aborted || document.activeElement !== this.field) return;
    this.found = found;
    this.list.replaceChildren(...found.map((one, at) => this.option(one, at)));
    this.list.hidden = found.length === 0;
    this.field.setAttribute("aria-expanded", String(found.length > 0));
    this.select(-1);
  }

  private option({ label, context }: Named, at: number): HTMLLIElement {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const name = document.createElement("bdi");
    name.textContent = label;
    item.append(name);
    if (context) {
      const note = document.createElement("small");
      note.className = "quiet";
      note.textContent = ` ${context}`;
      item.append(note);
    }
    return item;
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (this.list.hidden) void this.ask();
      else this.select((this.active + step + this.found.length + (this.active < 0 && step < 0 ? 1 : 0)) % this.found.length);
    } else if (event.key === "Enter" && !this.list.hidden && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    }
  }

  private select(at: number): void {
    this.active = at;
    [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    const item = this.list.children[at];
    if (item) {
      this.field.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  private choose(at: number): void {
    const chosen = this.found[at];
    if (!chosen) return;
    this.field.value = chosen.label;
    this.sent.value = chosen.iri.slice(chosen.iri.lastIndexOf("/") + 1);
    this.close();
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.select(-1);
  }
}
