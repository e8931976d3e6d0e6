/* The map of the world as one SVG file, made while the assets are built: a symbol for each country under its ISO 3166-1
   code, so that a page draws a map by naming countries and needs no geometry of its own, nor a script. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type GeoPermissibleObjects, geoArea, geoCentroid, geoPath } from "d3-geo";
import { iso31661NumericToAlpha2 } from "iso-3166";
import { feature, merge, mesh } from "topojson-client";
import type { Feature, MultiPolygon, Polygon } from "geojson";
import type { GeometryCollection, Topology } from "topojson-specification";
import { HEIGHT, WIDTH, project, projection } from "../src/projection.ts";
import { Outline } from "./outline.ts";

type Land = Feature<Polygon | MultiPolygon, { name: string }>;
type Box = [left: number, top: number, right: number, bottom: number];

/** What the server must know of the map to draw a part of it. */
export interface WorldIndex {
  width: number;
  height: number;
  /** Where the main land of each country is. */
  bounds: Record<string, Box>;
  /** Countries too small to be seen as a shape: a dot is drawn there. */
  points: Record<string, [x: number, y: number]>;
  /** Countries that have a shape in the SVG file. */
  shapes: string[];
}

const ANTARCTICA = "AQ";
const ANTARCTICA_NUMBER = "010";
/** Countries and territories of ISO 3166-1 that the atlas counts to others: longitude and latitude, roughly. */
const WITHOUT_SHAPE: Record<string, [longitude: number, latitude: number]> = {
  BQ: [-68.3, 12.2],
  CC: [96.8, -12.2],
  CX: [105.6, -10.5],
  GP: [-61.5, 16.2],
  MQ: [-61, 14.6],
  RE: [55.5, -21.1],
  SJ: [15.6, 78.2],
  TK: [-171.8, -9.2],
  YT: [45.2, -12.8],
};
const FRANCE = "250";
const FRENCH_GUIANA = { number: "254", west: -45 };
const STROKE = 'vector-effect="non-scaling-stroke"';
/** Territories apart from the main land, such as French Guiana, do not widen the view of a country; Alaska does. */
const PART_OF_MAIN_LAND = 0.18;
/** Square units of the map below which a shape needs a dot. */
const TOO_SMALL = 90;

export function world(): { svg: string; index: WorldIndex } {
  const coarse = atlas("countries-110m.json");
  const fine = lands(atlas("countries-10m.json"));
  const outline = new Outline();
  const path = geoPath(projection, outline);
  const draw = (shape: GeoPermissibleObjects): string => (path(shape), outline.take());
  const index: WorldIndex = { width: WIDTH, height: HEIGHT, bounds: {}, points: {}, shapes: [] };
  const shapes: string[] = [];

  for (const land of lands(coarse).flatMap(apart)) {
    const code = codeOf(land);
    if (!code || code === ANTARCTICA) continue;
    index.shapes.push(code);
    index.bounds[code] = mainBounds(land);
    if (geoPath(projection).area(land) < TOO_SMALL) index.points[code] = pointOf(land);
    shapes.push(`<path id="${code}" ${STROKE} d="${draw(land)}"/>`);
  }
  for (const land of fine) {
    const code = codeOf(land);
    if (!code || code === ANTARCTICA || index.shapes.includes(code)) continue;
    index.points[code] = pointOf(land);
    const [x, y] = index.points[code];
    index.bounds[code] = [x, y, x, y];
  }
  for (const [code, place] of Object.entries(WITHOUT_SHAPE)) {
    const [x, y] = rounded(project(...place)) as [number, number];
    index.points[code] = [x, y];
    index.bounds[code] = [x, y, x, y];
  }

  // Coasts and borders by themselves: lines that two countries share are drawn once.
  const countries = coarse.objects["countries"] as GeometryCollection<{ name: string }>;
  const inhabited = countries.geometries.filter((one) => one.id !== ANTARCTICA_NUMBER);
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    `<path id="land" ${STROKE} d="${draw(merge(coarse, inhabited as Parameters<typeof merge>[1]))}"/>`,
    `<path id="borders" fill="none" ${STROKE} d="${draw(mesh(coarse, countries, (one, other) => one !== other))}"/>`,
    ...shapes,
    "</svg>",
  ].join("\n");
  return { svg, index };
}

function atlas(name: string): Topology {
  const file = createRequire(import.meta.url).resolve(`world-atlas/${name}`);
  return JSON.parse(readFileSync(file, "utf-8")) as Topology;
}

function lands(topology: Topology): Land[] {
  const found = feature(topology, topology.objects["countries"] as GeometryCollection<{ name: string }>);
  return found.features as Land[];
}

function codeOf(land: Land): string | undefined {
  return land.id === undefined ? undefined : iso31661NumericToAlpha2[String(land.id)];
}

/** French Guiana, which the atlas counts to France, by itself: species and treaties tell them apart. */
function apart(land: Land): Land[] {
  if (land.id !== FRANCE) return [land];
  const [over, here] = [[], []] as [Polygon[], Polygon[]];
  for (const one of polygons(land)) (geoCentroid(one)[0] < FRENCH_GUIANA.west ? over : here).push(one);
  const part = (id: string, found: Polygon[]): Land => ({
    ...land,
    id,
    geometry: { type: "MultiPolygon", coordinates: found.map((one) => one.coordinates) },
  });
  return [part(FRANCE, here), part(FRENCH_GUIANA.number, over)];
}

function polygons(land: Land): Polygon[] {
  const { geometry } = land;
  return geometry.type === "Polygon"
    ? [geometry]
    : geometry.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
}

function largest(land: Land): Polygon {
  return polygons(land).reduce((one, other) => (geoArea(other) > geoArea(one) ? other : one));
}

function pointOf(land: Land): [number, number] {
  return rounded(project(...(geoCentroid(largest(land)) as [number, number]))) as [number, number];
}

function mainBounds(land: Land): Box {
  const least = geoArea(largest(land)) * PART_OF_MAIN_LAND;
  const main = polygons(land).filter((one) => geoArea(one) >= least);
  const places = main.flatMap((one) => one.coordinates[0] ?? []).map((place) => project(place[0] ?? 0, place[1] ?? 0));
  const [across, down] = [places.map(([x]) => x), places.map(([, y]) => y)];
  return rounded([Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)]) as Box;
}

function rounded(numbers: number[]): number[] {
  return numbers.map(Math.round);
}
