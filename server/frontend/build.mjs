// Bundles src/ for browsers. Usage: node build.mjs OUTPUT; run where node_modules is.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { feature } from "topojson-client";
import ts from "typescript";

const output = process.argv[2];
const require = createRequire(join(process.cwd(), "package.json"));
const pages = ["query", "question"];
// Degrees east and north between which a map shows countries.
const [west, south, east, north] = [-25, 34, 45, 72];
// Codes the European Union writes otherwise than ISO 3166.
const europeanCodes = { GR: "EL", GB: "UK" };

function inside([x, y]) {
  return x > west && x < east && y > south && y < north;
}

function polygons(geometry) {
  return geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
}

function rounded(ring) {
  const points = ring.map(([x, y]) => [Number(x.toFixed(2)), Number(y.toFixed(2))]);
  return points.filter(([x, y], at) => at === 0 || x !== points[at - 1][0] || y !== points[at - 1][1]);
}

/** The countries of Europe as GeoJSON, each with its two-letter code. */
async function countries() {
  const world = JSON.parse(await readFile(require.resolve("world-atlas/countries-50m.json"), "utf8"));
  const codes = new Map(require("world-countries").map((one) => [one.ccn3, europeanCodes[one.cca2] ?? one.cca2]));
  const found = [];
  for (const { id, properties, geometry } of feature(world, world.objects.countries).features) {
    const kept = polygons(geometry).filter((rings) => rings[0].some(inside)).map((rings) => rings.map(rounded));
    if (kept.length) {
      const code = codes.get(id) ?? "";
      found.push({
        type: "Feature",
        id: code,
        properties: { code, name: properties.name },
        geometry: { type: "MultiPolygon", coordinates: kept },
      });
    }
  }
  return JSON.stringify({ type: "FeatureCollection", features: found });
}

/** The licences of every package that is in the bundles, and of the map. */
async function licences(inputs) {
  const packages = new Set(["world-atlas"]);
  for (const input of inputs) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) packages.add(name);
  }
  const texts = await Promise.all([...packages].sort().map(async (name) => {
    const folder = join("node_modules", name);
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${file ? await readFile(join(folder, file), "utf8") : ""}`;
  }));
  return texts.join("\n----------------------------------------\n\n");
}

/** The texts that a file gives to `gettext`. */
async function textsOf(file) {
  const source = ts.createSourceFile(file, await readFile(file, "utf8"), ts.ScriptTarget.Latest);
  const found = [];
  const look = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "gettext") {
      const [text] = node.arguments;
      if (!ts.isStringLiteral(text)) throw new Error(`${file}: a text is not written as it is: ${node.getText(source)}`);
      found.push(text.text);
    }
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

/** All texts of a page's script and of what it imports, at once or later. */
async function textsFrom(entry, inputs) {
  const files = new Set([entry]);
  for (const file of files) {
    for (const { path } of inputs[file].imports) if (path.includes("src/") && !path.includes("node_modules")) files.add(path);
  }
  const texts = await Promise.all([...files].filter((file) => file.endsWith(".ts")).map(textsOf));
  return [...new Set(texts.flat())].sort();
}

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
const map = await countries();
const mapFile = `europe-${createHash("sha256").update(map).digest("hex").slice(0, 8)}.json`;
await writeFile(join(output, mapFile), map);
const result = await build({
  entryPoints: pages.map((name) => join(import.meta.dirname, "src", `${name}.ts`)),
  outdir: output,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "none",
  metafile: true,
  define: { MAP_FILE: JSON.stringify(mapFile) },
  logLevel: "warning",
});
const manifest = {};
for (const [file, { entryPoint, cssBundle }] of Object.entries(result.metafile.outputs)) {
  const page = entryPoint && pages.find((name) => entryPoint.endsWith(`src/${name}.ts`));
  if (page) {
    manifest[page] = {
      files: [cssBundle, file].filter(Boolean).map((path) => basename(path)),
      texts: await textsFrom(entryPoint, result.metafile.inputs),
    };
  }
}
await writeFile(join(output, "licences.txt"), await licences(Object.keys(result.metafile.inputs)));
await writeFile(join(output, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
