/* From longitude and latitude to the map: Equal Earth, which shows areas in proportion. The build draws the countries by
   it, the SPARQL page places points by it. */

import { geoEqualEarth } from "d3-geo";

export const WIDTH = 4000;
export const HEIGHT = 1760;

/** Turned so that its edge runs through the Bering Strait, which cuts no country; nothing south of Tierra del Fuego is shown. */
export const projection = geoEqualEarth()
  .rotate([-11, 0])
  .scale(WIDTH / (2 * 2.70663))
  .translate([WIDTH / 2, 0]);
const [, north] = projection([11, 84]) as [number, number];
projection.translate([WIDTH / 2, -north]);

export function project(longitude: number, latitude: number): [x: number, y: number] {
  return projection([longitude, latitude]) as [number, number];
}
