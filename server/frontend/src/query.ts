import "./query.css";
import { addCopyButtons } from "./copy";
import { Editor } from "./editor";
import { History } from "./history";
import { Runner } from "./run";
import { addViews } from "./views";
import { loadVocabulary } from "./vocabulary";

function needed<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

const form = needed<HTMLFormElement>("#ask");
const place = needed<HTMLElement>("#result");
const vocabulary = loadVocabulary(form.dataset["vocabulary"] ?? "");
const editor = new Editor(needed("#query"), vocabulary, form.dataset["names"] ?? "", () => form.requestSubmit());
const earlier = new History(form, (query) => {
  editor.text = query;
  editor.view.focus();
});

function dress(): void {
  addViews(place);
  addCopyButtons(place);
  const wrong = place.querySelector<HTMLElement>(".wrong[data-line]");
  if (wrong) {
    const message = wrong.querySelector(".message")?.textContent ?? "";
    editor.mark({ line: Number(wrong.dataset["line"]), column: Number(wrong.dataset["column"]) }, message);
  }
}

const runner = new Runner(form, place, ({ ok, rows }) => {
  if (ok) earlier.add(editor.text, rows);
  dress();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  editor.clear();
  editor.declareMissing();
  void runner.run();
});
window.addEventListener("popstate", () => window.location.reload());
dress();
