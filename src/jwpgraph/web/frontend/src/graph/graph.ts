/* The neighbourhood of a thing: a drawing for those who see it and use a mouse, and beside it a list that says and does
   the same for everybody. A click on a thing adds what it is linked with. */

import { html, svg } from "../dom";
import { filled } from "../words";
import { HEIGHT, type Line, type Place, WIDTH, lay } from "./layout";
import { type Neighbourhood, type Thing, nameOf, neighboursOf, treatyOf } from "./neighbours";

const BASE = "https://w3id.org/jwpgraph/id/";
const MOST = 150;
const LONGEST = 26;

type Words = Record<"drawn" | "left_out" | "open" | "full" | "failed" | "picture" | "links", string>;
type Node = Thing & Place & { opened: boolean };

export class Graph {
  private readonly nodes = new Map<string, Node>();
  private readonly lines = new Map<string, Line & { relation: string }>();
  private readonly words: Words;
  private readonly status = html("p", { role: "status" });
  private readonly list = html("ul", { class: "graph-list" });
  private readonly drawing: SVGSVGElement;
  private readonly stage: HTMLElement;

  constructor(private readonly section: HTMLElement) {
    this.words = JSON.parse(section.dataset["words"] ?? "{}") as Words;
    this.drawing = svg("svg", { class: "graph", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": this.words.picture });
    this.drawing.addEventListener("click", (event) => {
      const iri = (event.target as Element).closest<SVGElement>("[data-iri]")?.dataset["iri"];
      if (iri) void this.open(iri);
    });
    this.list.addEventListener("click", (event) => {
      const iri = (event.target as Element).closest<HTMLElement>("button[data-iri]")?.dataset["iri"];
      if (iri) void this.open(iri, true);
    });
    this.stage = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": this.words.picture }, this.drawing);
    section.append(this.status, this.stage, this.list);
  }

  /** Draw the thing of the page with its neighbours, and give the drawing the focus that its button had. */
  async begin(): Promise<void> {
    this.stage.focus({ preventScroll: true });
    await this.open(this.section.dataset["of"] ?? "");
  }

  /** Add what a thing is linked with. */
  private async open(iri: string, byKeyboard = false): Promise<void> {
    if (this.nodes.get(iri)?.opened) return;
    if (this.nodes.size >= MOST) {
      this.status.textContent = this.words.full;
      return;
    }
    const found = await neighboursOf(this.section.dataset["graph"] ?? "", iri);
    if (!found) {
      this.status.textContent = this.words.failed;
      return;
    }
    this.add(found);
    lay([...this.nodes.values()], [...this.lines.values()]);
    this.draw();
    this.write();
    this.say(found);
    if (byKeyboard) this.list.querySelector<HTMLElement>(`[data-of="${CSS.escape(iri)}"] a`)?.focus();
  }

  private add({ of, neighbours }: Neighbourhood): void {
    const centre = this.nodes.get(of.iri) ?? { ...of, opened: false };
    centre.opened = true;
    this.nodes.set(of.iri, centre);
    for (const one of neighbours) {
      if (!this.nodes.has(one.iri)) this.nodes.set(one.iri, { ...one, opened: false, x: centre.x, y: centre.y });
      const [source, target] = one.outgoing ? [of.iri, one.iri] : [one.iri, of.iri];
      const known = this.lines.has(`${source} ${target}`) || this.lines.has(`${target} ${source}`);
      if (!known) this.lines.set(`${source} ${target}`, { source, target, relation: one.relation });
    }
  }

  private draw(): void {
    const at = (iri: string): [number, number] => {
      const { x = 0, y = 0 } = this.nodes.get(iri) ?? {};
      return [Math.round(x), Math.round(y)];
    };
    const lines = [...this.lines.values()].map(({ source, target, relation }) => {
      const [[x1, y1], [x2, y2]] = [at(source), at(target)];
      return svg("line", { x1, y1, x2, y2 }, svg("title", {}, relation));
    });
    const nodes = [...this.nodes.values()].map((one) => {
      const [x, y] = at(one.iri);
      const name = nameOf(one);
      const cut = name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
      return svg(
        "g",
        { class: `node ${treatyOf(one) ?? ""}${one.opened ? " opened" : ""}`, transform: `translate(${x} ${y})`, "data-iri": one.iri },
        svg("title", {}, one.kind ? `${name} (${one.kind.replace("-", " ")})` : name),
        svg("circle", { r: one.opened ? 9 : 6 }),
        svg("text", { y: one.opened ? 24 : 20 }, cut),
      );
    });
    this.drawing.replaceChildren(...lines, ...nodes);
  }

  /** The list: under each opened thing those that it is linked with. */
  private write(): void {
    const opened = [...this.nodes.values()].filter((one) => one.opened);
    this.list.replaceChildren(
      ...opened.map((one) => {
        const around = [...this.lines.values()].filter(({ source, target }) => source === one.iri || target === one.iri);
        const items = around.map(({ source, target, relation }) => this.item(source === one.iri ? target : source, relation));
        return html("li", { "data-of": one.iri }, this.link(one), ` ${this.words.links}`, html("ul", {}, ...items));
      }),
    );
  }

  private item(iri: string, relation: string): HTMLElement {
    const thing = this.nodes.get(iri);
    if (!thing) return html("li");
    const label = filled(this.words.open, { name: nameOf(thing) });
    const button = html("button", { type: "button", class: "more", "data-iri": iri, "aria-label": label }, "+");
    return html("li", {}, this.link(thing), " ", html("span", { class: "quiet" }, relation), thing.opened ? undefined : " ", thing.opened ? undefined : button);
  }

  private link(thing: Thing): HTMLAnchorElement {
    const href = `${this.section.dataset["root"] ?? ""}/doc/${thing.iri.slice(BASE.length)}`;
    return html("a", { href, dir: "auto" }, nameOf(thing));
  }

  private say({ of, neighbours, total, left_out }: Neighbourhood): void {
    const drawn = filled(this.words.drawn, { name: nameOf(of), total, shown: neighbours.length });
    const counts = left_out.slice(0, 6).map(({ relation, count }) => `${relation} ${count}`).join(", ");
    this.status.textContent = left_out.length ? `${drawn} ${filled(this.words.left_out, { counts })}` : drawn;
  }
}
