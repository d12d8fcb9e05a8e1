import { geoAzimuthalEqualArea, geoPath } from "d3-geo";
import type { FeatureCollection, MultiPolygon } from "geojson";
import type { Group } from "./table";
import { digits, gettext, language } from "./texts";

declare const MAP_FILE: string;

type Countries = FeatureCollection<MultiPolygon, { code: string; name: string }>;

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [900, 720];

function element(name: string, attributes: Record<string, string>): SVGElement {
  const found = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  return found;
}

// Codes the European Union writes otherwise than ISO 3166, which browsers know.
const ISO: Partial<Record<string, string>> = { EL: "GR", UK: "GB" };
const known = new Intl.DisplayNames([language, "en"], { type: "region", fallback: "none" });

/** What a country is called in the language of the page, else as the map has it. */
function nameOf({ code, name }: { code: string; name: string }): string {
  return (/^[A-Z]{2}$/.test(code) && known.of(ISO[code] ?? code)) || name;
}

/** Draws groups by country as a map of Europe, with the numbers in a table below. */
export async function drawMap(place: HTMLElement, groups: Group[], measure: string): Promise<void> {
  const answer = await fetch(new URL(MAP_FILE, import.meta.url));
  if (!answer.ok) throw new Error(gettext("the map could not be loaded"));
  const countries = (await answer.json()) as Countries;
  const values = new Map(groups.map(({ key, value }) => [key, value]));
  const largest = Math.max(...values.values(), 1);
  const path = geoPath(geoAzimuthalEqualArea().rotate([-13, -52]).scale(1050).translate([WIDTH / 2, HEIGHT / 2]).clipExtent([[0, 0], [WIDTH, HEIGHT]]));
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", role: "img", "aria-label": gettext("Map of Europe: {measure} by country", { measure }) });
  for (const country of countries.features) {
    const value = values.get(country.properties.code);
    const share = value === undefined ? 0 : 0.25 + (0.75 * value) / largest;
    const shape = element("path", { d: path(country) ?? "", class: value === undefined ? "land" : "land full", "fill-opacity": String(value === undefined ? 1 : share) });
    const title = element("title", {});
    const said = value === undefined ? gettext("none in this result") : digits(value);
    title.textContent = `${nameOf(country.properties)}: ${said}`;
    shape.append(title);
    svg.append(shape);
  }
  const names = new Map(countries.features.map(({ properties }) => [properties.code, nameOf(properties)]));
  place.replaceChildren(svg, list(groups, names, measure));
}

function list(groups: Group[], names: Map<string, string>, measure: string): HTMLTableElement {
  const table = document.createElement("table");
  table.className = "countries";
  table.createCaption().textContent = gettext("The same by country; things whose country is not known are left out");
  const head = table.createTHead().insertRow();
  for (const text of [gettext("Country"), measure]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    head.append(cell);
  }
  head.lastElementChild?.classList.add("number");
  const body = table.createTBody();
  for (const { key, value } of groups) {
    const row = body.insertRow();
    row.insertCell().textContent = names.get(key) ?? key;
    const number = row.insertCell();
    number.className = "number";
    number.textContent = digits(value);
  }
  return table;
}
