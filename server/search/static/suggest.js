"use strict";
// Completes names of things in the fields of a form. A picked thing is sent by its identifier; what was only
// typed is sent as it is, and the page then says what it may mean.

const WAIT = 120; // milliseconds after the last key
const SHOWN = 8;

function enhance(field, number) {
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = field.name;
  sent.value = field.value;
  field.removeAttribute("name");
  field.after(sent);
  if (field.dataset.label) field.value = field.dataset.label;

  const list = document.createElement("ul");
  list.id = `suggestions-${number}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.words);
  list.hidden = true;
  sent.after(list);
  const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id };
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);

  let timer;
  let asked = 0;
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    sent.value = option.dataset.id;
    field.value = option.dataset.label;
    close();
  }

  function mark(place) {
    const options = [...list.children];
    active = (place + options.length) % options.length;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === active)));
    options[active].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", options[active].id);
  }

  function show(things) {
    list.replaceChildren(
      ...things.map((thing, n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.id = thing.iri.split("/id/").pop();
        option.dataset.label = thing.label;
        const about = document.createElement("small");
        about.textContent = [thing.kind_name, thing.context].filter(Boolean).join(" · ");
        const name = document.createElement("bdi");
        name.textContent = thing.label;
        option.append(name, about);
        return option;
      }),
    );
    active = -1;
    list.hidden = !things.length;
    field.setAttribute("aria-expanded", String(things.length > 0));
  }

  async function suggest() {
    const turn = ++asked;
    const kinds = field.dataset.kinds.split(" ");
    const query = new URLSearchParams({ q: field.value, limit: "50" });
    if (kinds.length === 1) query.set("kind", kinds[0]);
    try {
      const answer = await fetch(`${field.dataset.suggest}?${query}`);
      if (!answer.ok || turn !== asked) return;
      const found = await answer.json();
      if (turn === asked) show(found.filter((thing) => kinds.includes(thing.kind)).slice(0, SHOWN));
    } catch {
      close(); // without an answer the field is a plain one
    }
  }

  field.addEventListener("input", () => {
    sent.value = field.value;
    clearTimeout(timer);
    if (field.value.trim().length < 2) {
      asked += 1;
      close();
    } else timer = setTimeout(suggest, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active < 0 ? -1 : active - 1);
    else if (event.key === "Enter" && active >= 0) pick(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option);
    event.preventDefault();
  });
  field.addEventListener("blur", close);
}

document.querySelectorAll("input[data-suggest]").forEach(enhance);
