import { grouped, readTable, type Column, type Table } from "./table";
import { gettext } from "./texts";

const RAW = 200_000;

type Show = (place: HTMLElement) => Promise<void> | void;

function chooser(words: string, names: string[], changed: () => void): [HTMLLabelElement, HTMLSelectElement] {
  const select = document.createElement("select");
  names.forEach((name, at) => select.add(new Option(name, String(at))));
  select.addEventListener("change", changed);
  const label = document.createElement("label");
  label.append(`${words} `, select);
  return [label, select];
}

/** A drawing with two choices: what is measured, and by what. */
function drawing(
  keys: Column[],
  keysOf: (column: Column) => string[],
  table: Table,
  draw: (place: HTMLElement, groups: ReturnType<typeof grouped>, measure: string) => Promise<void> | void,
): Show {
  return async (place) => {
    const numbers = table.columns.filter((column) => column.numeric);
    const area = document.createElement("div");
    const update = async (): Promise<void> => {
      const values = numbers[Number(measure.value) - 1] ?? null;
      const column = keys[Number(by.value)];
      if (column) await draw(area, grouped(keysOf(column), values), values ? gettext("sum of {column}", { column: values.name }) : gettext("rows"));
    };
    const [measureLabel, measure] = chooser(gettext("Show"), [gettext("number of rows"), ...numbers.map(({ name }) => gettext("sum of {column}", { column: name }))], () => void update());
    const [byLabel, by] = chooser(gettext("by"), keys.map(({ name }) => name), () => void update());
    if (numbers.length) measure.value = "1";
    const controls = document.createElement("p");
    controls.className = "controls";
    controls.append(measureLabel, byLabel);
    if (table.total > table.rows) controls.append(" " + gettext("Drawn from the first {shown} of {all} rows.", { shown: table.rows, all: table.total }));
    place.replaceChildren(controls, area);
    await update();
  };
}

function chart(table: Table): Show | null {
  const keys = table.columns.filter((column) => !column.numeric && new Set(column.texts).size > 1);
  if (!keys.length || !table.rows) return null;
  return drawing(keys, (column) => column.texts, table, async (...args) => (await import("./chart")).drawChart(...args));
}

function map(table: Table): Show | null {
  const keys = table.columns.filter((column) => column.countries.some(Boolean));
  if (!keys.length) return null;
  return drawing(keys, (column) => column.countries, table, async (...args) => (await import("./map")).drawMap(...args));
}

function raw(formats: HTMLAnchorElement[]): Show {
  return async (place) => {
    const text = document.createElement("pre");
    text.className = "excerpt";
    text.tabIndex = 0;
    const show = async (): Promise<void> => {
      const address = formats[Number(choice.value)]?.href ?? "";
      text.textContent = gettext("Loading…");
      const answer = await fetch(address);
      const all = await answer.text();
      text.textContent = all.length > RAW ? all.slice(0, RAW) + "\n… " + gettext("(the download has all)") : all;
    };
    const [label, choice] = chooser(gettext("As"), formats.map((link) => link.textContent ?? ""), () => void show());
    const controls = document.createElement("p");
    controls.className = "controls";
    controls.append(label);
    place.replaceChildren(controls, text);
    await show();
  };
}

/** Puts buttons above a result: its table, and what else can be seen of it. */
export function addViews(place: HTMLElement): void {
  const element = place.querySelector<HTMLTableElement>("table.result");
  const whole = element?.closest<HTMLElement>(".scroll");
  if (!element || !whole) return;
  const table = readTable(element);
  const formats = [...place.querySelectorAll<HTMLAnchorElement>("a[data-format]")].filter((link) => !["xlsx", "csv-safe"].includes(link.dataset["format"] ?? ""));
  const views: [string, Show | null][] = [[gettext("Table"), () => undefined], [gettext("Chart"), chart(table)], [gettext("Map"), map(table)], [gettext("Raw"), formats.length ? raw(formats) : null]];
  const bar = document.createElement("div");
  bar.className = "views";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", gettext("Ways to see the result"));
  const other = document.createElement("div");
  other.hidden = true;
  for (const [name, show] of views) {
    const first = name === views[0]?.[0];
    if (!show) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.setAttribute("aria-pressed", String(first));
    button.addEventListener("click", () => {
      for (const one of bar.children) one.setAttribute("aria-pressed", String(one === button));
      whole.hidden = !first;
      other.hidden = first;
      Promise.resolve(show(other)).catch((error: unknown) => {
        other.textContent = gettext("This view cannot be shown: {error}", { error: String(error) });
      });
    });
    bar.append(button);
  }
  whole.before(bar);
  whole.after(other);
}
