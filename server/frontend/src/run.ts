import { gettext } from "./texts";

const LONGEST_ADDRESS = 6000;

/** How a query ended, for the history: its rows are -1 where it has none. */
export interface Outcome {
  ok: boolean;
  rows: number;
}

/** Asks a form's query without leaving the page, and puts the answer where the page has its place. */
export class Runner {
  private running: AbortController | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly place: HTMLElement,
    private readonly done: (outcome: Outcome) => void,
  ) {}

  async run(): Promise<void> {
    this.running?.abort();
    const controller = (this.running = new AbortController());
    const status = this.waiting(controller);
    try {
      const answer = await this.ask(controller.signal);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("#result") ?? page.querySelector("main");
      this.place.replaceChildren(...(found ? [...found.childNodes] : []));
      const link = this.place.querySelector<HTMLAnchorElement>("a.permalink");
      if (link) window.history.pushState(null, "", link.href);
      this.done({ ok: answer.ok, rows: Number(this.place.querySelector("[data-rows]")?.getAttribute("data-rows") ?? -1) });
    } catch (error) {
      if (controller !== this.running) return;
      this.say(controller.signal.aborted ? gettext("Stopped.") : gettext("The server did not answer: {error}. Try again.", { error: String(error) }));
    } finally {
      window.clearInterval(status);
      if (controller === this.running) this.running = null;
    }
  }

  private ask(signal: AbortSignal): Promise<Response> {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string" && value) fields.set(name, value);
    const headers = { Accept: "text/html" };
    const address = new URL(this.form.action);
    if (fields.toString().length <= LONGEST_ADDRESS) {
      address.search = fields.toString();
      return fetch(address, { headers, signal });
    }
    const release = fields.get("release");
    if (release) address.searchParams.set("release", release);
    fields.delete("release");
    return fetch(address, { method: "POST", body: fields, headers, signal });
  }

  private waiting(controller: AbortController): number {
    const start = Date.now();
    const text = document.createElement("span");
    text.textContent = gettext("Running…");
    const stop = document.createElement("button");
    stop.type = "button";
    stop.textContent = gettext("Stop");
    stop.addEventListener("click", () => controller.abort());
    const line = document.createElement("p");
    line.className = "waiting";
    line.append(text, " ", stop);
    this.place.replaceChildren(line);
    return window.setInterval(() => {
      text.textContent = gettext("Running for {seconds} s", { seconds: Math.round((Date.now() - start) / 1000) });
    }, 1000);
  }

  private say(message: string): void {
    const line = document.createElement("p");
    line.className = "missing";
    line.textContent = message;
    this.place.replaceChildren(line);
  }
}
