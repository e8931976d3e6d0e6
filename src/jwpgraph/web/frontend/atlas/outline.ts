/* Writes shapes as the shortest path data there is: whole numbers, each relative to the one before. */

import type { GeoContext } from "d3-geo";

export class Outline implements GeoContext {
  private text = "";
  private first: [number, number] = [0, 0];
  private here: [number, number] = [0, 0];
  private drawing = "";

  /** What was drawn since the last call. */
  take(): string {
    const done = this.text;
    this.text = this.drawing = "";
    this.first = this.here = [0, 0];
    return done;
  }

  beginPath(): void {
    this.take();
  }

  moveTo(x: number, y: number): void {
    this.step("m", x, y);
    this.first = this.here;
  }

  lineTo(x: number, y: number): void {
    this.step("l", x, y);
  }

  closePath(): void {
    this.text += "z";
    this.drawing = "";
    this.here = this.first;
  }

  arc(): void {
    throw new Error("a country is not a circle");
  }

  private step(command: string, x: number, y: number): void {
    const [right, down] = [Math.round(x) - this.here[0], Math.round(y) - this.here[1]];
    if (command === "l" && right === 0 && down === 0) return;
    this.here = [this.here[0] + right, this.here[1] + down];
    // Coordinates after those of a move are lines, and a minus sign separates as well as a space does.
    const implied = command === "l" && this.drawing !== "";
    this.text += `${implied ? (right < 0 ? "" : " ") : command}${right}${down < 0 ? "" : " "}${down}`;
    this.drawing = command;
  }
}
