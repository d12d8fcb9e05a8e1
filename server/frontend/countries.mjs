// Writes between which degrees each country lies, and its middle, for the descriptions of data sets.
// Usage, where node_modules is: node countries.mjs ../../server/catalogue/countries.csv
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { geoArea, geoBounds, geoCentroid } from "d3-geo";
import { feature } from "topojson-client";

const require = createRequire(join(process.cwd(), "package.json"));
const read = async (name) => JSON.parse(await readFile(require.resolve(name), "utf8"));
const world = await read("world-atlas/countries-50m.json");
const codes = new Map((await read("world-countries/countries.json")).map(({ ccn3, cca3 }) => [ccn3, cca3]));

// Where two shapes have one code, the larger is the country.
const shapes = feature(world, world.objects.countries).features
  .filter(({ id }) => codes.has(id))
  .sort((one, other) => geoArea(one) - geoArea(other));
const rows = [...new Map(shapes.map((country) => [country.id, country])).values()]
  .map((country) => {
    const [[west, south], [east, north]] = geoBounds(country);
    return [codes.get(country.id), ...[west, south, east, north, ...geoCentroid(country)].map((degrees) => degrees.toFixed(2))];
  })
  .sort(([one], [other]) => one < other ? -1 : 1);
const head = ["iso3", "west", "south", "east", "north", "longitude", "latitude"];
await writeFile(process.argv[2], [head, ...rows].map((row) => row.join(",")).join("\n") + "\n");
