import { gettext } from "./texts";

function button(words: string, text: () => string): HTMLButtonElement {
  const found = document.createElement("button");
  found.type = "button";
  found.className = "copies";
  found.textContent = words;
  found.addEventListener("click", () => {
    navigator.clipboard.writeText(text()).then(
      () => (found.textContent = gettext("Copied")),
      () => (found.textContent = gettext("Copying is not allowed here")),
    );
    window.setTimeout(() => (found.textContent = words), 2500);
  });
  return found;
}

/** Puts a button to each text and link that people take along. */
export function addCopyButtons(place: HTMLElement): void {
  for (const text of place.querySelectorAll<HTMLElement>("pre.copy")) {
    text.before(button(gettext("Copy {name}", { name: text.getAttribute("aria-label") ?? "" }).trim(), () => text.textContent ?? ""));
  }
  const link = place.querySelector<HTMLAnchorElement>("a.permalink");
  link?.closest("p")?.append(" ", button(gettext("Copy link"), () => link.href));
}
