/** A result table as read from the page. */
export interface Column {
  name: string;
  numeric: boolean;
  texts: string[];
  /** Codes of the countries the things of each row lie in, "" where none is known. */
  countries: string[];
}

export interface Table {
  columns: Column[];
  rows: number;
  /** Rows of the whole result; the page holds the first of them. */
  total: number;
}

function textOf(cell: HTMLTableCellElement): string {
  const value = cell.querySelector("a, bdi") ?? cell;
  return (value.textContent ?? "").trim();
}

/** The columns of a table on the page. */
export function readTable(table: HTMLTableElement): Table {
  const rows = [...(table.tBodies[0]?.rows ?? [])].filter((row) => !row.classList.contains("none"));
  const columns = [...(table.tHead?.rows[0]?.cells ?? [])].map((head, at) => {
    const cells = rows.map((row) => row.cells[at]).filter((cell) => cell !== undefined);
    return {
      name: head.textContent?.trim() ?? "",
      numeric: head.classList.contains("number"),
      texts: cells.map(textOf),
      countries: cells.map((cell) => cell.dataset["country"] ?? ""),
    };
  });
  return { columns, rows: rows.length, total: Number(table.dataset["rows"] ?? rows.length) };
}

/** A number as pages write it: digits in groups, "" is none. */
export function numberOf(text: string): number | undefined {
  const number = Number(text.replace(/[\u202f\u00a0\s]/g, ""));
  return text && Number.isFinite(number) ? number : undefined;
}

export interface Group {
  key: string;
  value: number;
}

/** Rows counted, or a numeric column summed, by the text of another column; largest first. */
export function grouped(keys: string[], values: Column | null): Group[] {
  const found = new Map<string, number>();
  keys.forEach((key, at) => {
    const value = values ? numberOf(values.texts[at] ?? "") : 1;
    if (key && value !== undefined) found.set(key, (found.get(key) ?? 0) + value);
  });
  return [...found].map(([key, value]) => ({ key, value })).sort((one, other) => other.value - one.value);
}
