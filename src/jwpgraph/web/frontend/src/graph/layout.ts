/* Where the things stand in the drawing: computed at once and then still, as nothing on these pages moves by itself. */

import { type SimulationNodeDatum, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

export interface Place extends SimulationNodeDatum {
  iri: string;
}

export interface Line {
  source: string;
  target: string;
}

export const WIDTH = 900;
export const HEIGHT = 600;
const [MARGIN_X, MARGIN_Y] = [90, 24];
const STEPS = 260;

/** Moves *places*, those that stand already from where they are. */
export function lay<T extends Place>(places: T[], lines: readonly Line[]): void {
  const simulation = forceSimulation(places)
    .force("link", forceLink<T, { source: string | T; target: string | T }>(lines.map((line) => ({ ...line }))).id((one) => one.iri).distance(120))
    .force("charge", forceManyBody().strength(-420))
    .force("collide", forceCollide(38))
    .force("x", forceX(WIDTH / 2).strength(0.05))
    .force("y", forceY(HEIGHT / 2).strength(0.11))
    .stop();
  simulation.tick(STEPS);
  fit(places);
}

/** Scales the places into the drawing. */
function fit(places: Place[]): void {
  for (const [axis, size, margin] of [["x", WIDTH, MARGIN_X], ["y", HEIGHT, MARGIN_Y]] as const) {
    const all = places.map((one) => one[axis] ?? 0);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const scale = Math.min(1.4, (size - 2 * margin) / (most - least || 1));
    const middle = (least + most) / 2;
    for (const one of places) one[axis] = size / 2 + ((one[axis] ?? 0) - middle) * scale;
  }
}
