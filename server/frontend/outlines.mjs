// Writes the outlines of European countries for the pictures of the server, and how they were projected.
// Usage, where node_modules is: node outlines.mjs ../../server/pictures/outlines.json
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { geoAzimuthalEqualArea, geoPath } from "d3-geo";
import { feature } from "topojson-client";

const [width, height] = [640, 600];
// Degrees east and north of the point where the projection is true.
const centre = [10, 52];
// Corners of what is shown, in degrees east and north.
const shown = { type: "MultiPoint", coordinates: [[-10, 35.5], [-24, 65], [31, 70.5], [33, 35], [29, 44], [25, 34.5]] };
// Square pixels below which an island is left out.
const smallest = 4;

const require = createRequire(join(process.cwd(), "package.json"));
const world = JSON.parse(await readFile(require.resolve("world-atlas/countries-50m.json"), "utf8"));
const projection = geoAzimuthalEqualArea().rotate(centre.map((degrees) => -degrees));
projection.fitExtent([[14, 14], [width - 14, height - 14]], shown).clipExtent([[0, 0], [width, height]]);
projection.precision(0.5);
const path = geoPath(projection);

function parts(geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.map((coordinates) => ({ type: "Polygon", coordinates: [coordinates[0]] }));
}

/** The rings of a path in whole pixels, relative to each other; points nearer than two pixels are left out. */
function rounded(text) {
  return text.split("Z").filter(Boolean).map((ring) => {
    const kept = [];
    for (const point of ring.slice(1).split("L")) {
      const [x, y] = point.split(",").map(Math.round);
      const [lastX, lastY] = kept.at(-1) ?? [-9, -9];
      if (Math.hypot(x - lastX, y - lastY) >= 2) kept.push([x, y]);
    }
    const steps = kept.map(([x, y], at) => at === 0 ? `${x} ${y}` : `${x - kept[at - 1][0]} ${y - kept[at - 1][1]}`);
    return kept.length > 2 ? `M${steps[0]}l${steps.slice(1).join(" ").replaceAll(" -", "-")}z` : "";
  }).join("");
}

const countries = feature(world, world.objects.countries).features
  .flatMap(({ geometry }) => parts(geometry))
  .filter((part) => path.area(part) > smallest && path.area(part) < width * height)
  .map((part) => rounded(path(part) ?? ""))
  .filter(Boolean);
const [x, y] = projection.translate();
await writeFile(process.argv[2], JSON.stringify({
  source: "Natural Earth 1:50m, public domain, as packaged by world-atlas",
  width, height, centre,
  scale: Number(projection.scale().toFixed(4)),
  origin: [Number(x.toFixed(4)), Number(y.toFixed(4))],
  land: countries.join(""),
}, null, 0) + "\n");
