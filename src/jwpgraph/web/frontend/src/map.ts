/* Moves about a map that the server has drawn: closer, farther, to the side; and lays the Parties to a treaty over it.
   Without this script the map is a picture. Its words are in the template, hidden until they do something. */

const SVG = "http://www.w3.org/2000/svg";
const CLOSEST = 120;
const STEP = 1.6;
/** Of the part that is shown, how far an arrow key moves. */
const STRIDE = 0.15;

type View = [left: number, top: number, width: number, height: number];

for (const figure of document.querySelectorAll<HTMLElement>("figure.map")) steer(figure);

function steer(figure: HTMLElement): void {
  const svg = figure.querySelector<SVGSVGElement>("svg.world");
  const tools = figure.querySelector<HTMLElement>(".tools");
  if (!svg || !tools) return;
  const [worldWidth = 0, worldHeight = 0] = numbers(svg.dataset["whole"]);
  const start = numbers(svg.getAttribute("viewBox")) as View;
  const dots = [...svg.querySelectorAll("circle")].map((dot) => ({ dot, radius: dot.r.baseVal.value }));
  const patterns = [...svg.querySelectorAll("pattern")];
  const unit = patterns[0]?.patternTransform.baseVal[0]?.matrix.a ?? 1;
  let view = start;

  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const wanted = (event.target as Element).closest<HTMLElement>("[data-zoom]")?.dataset["zoom"];
    if (wanted === "in") zoom(1 / STEP);
    else if (wanted === "out") zoom(STEP);
    else if (wanted === "world") show([0, 0, worldWidth, worldHeight]);
    else if (wanted === "back") show(start);
  });
  tools.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) overlay(event.target.value);
  });

  const stage = figure.querySelector<HTMLElement>(".stage");
  stage?.addEventListener("keydown", (event) => {
    const [, , width, height] = view;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => move(-STRIDE * width, 0),
      ArrowRight: () => move(STRIDE * width, 0),
      ArrowUp: () => move(0, -STRIDE * height),
      ArrowDown: () => move(0, STRIDE * height),
      "+": () => zoom(1 / STEP),
      "-": () => zoom(STEP),
    };
    const found = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (!found) return;
    event.preventDefault();
    found();
  });

  let held: { x: number; y: number; moved: boolean } | undefined;
  svg.addEventListener("pointerdown", (event) => {
    // A finger that is laid on the map scrolls the page; the buttons move the map.
    if (event.pointerType === "mouse" && event.button === 0) held = { x: event.clientX, y: event.clientY, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    const scale = view[2] / svg.clientWidth;
    const [right, down] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(right, down) < 4) return;
    held = { x: event.clientX, y: event.clientY, moved: true };
    move(-right * scale, -down * scale);
  });
  addEventListener("pointerup", (event) => {
    const code = (event.target as Element).closest<SVGElement>("[data-code]")?.dataset["code"];
    if (held && !held.moved && code) location.assign(svg.dataset["country"] + code);
    held = undefined;
  });

  function zoom(factor: number): void {
    const [left, top, width, height] = view;
    const wider = Math.min(Math.max(width * factor, CLOSEST), worldWidth);
    const higher = (wider * height) / width;
    show([left + (width - wider) / 2, top + (height - higher) / 2, wider, higher]);
  }

  function move(right: number, down: number): void {
    const [left, top, width, height] = view;
    show([left + right, top + down, width, height]);
  }

  function show([left, top, width, height]: View): void {
    view = [within(left, worldWidth - width), within(top, worldHeight - height), width, height];
    svg?.setAttribute("viewBox", view.join(" "));
    const closer = width / start[2];
    for (const { dot, radius } of dots) dot.setAttribute("r", String(radius * closer));
    for (const pattern of patterns) pattern.setAttribute("patternTransform", `scale(${unit * closer})`);
  }

  /** Lays those who have joined *treaty* over the map; nobody, where it names none. */
  function overlay(treaty: string): void {
    svg?.querySelectorAll(".parties").forEach((one) => one.remove());
    if (!svg || !treaty) return;
    const group = svg.appendChild(document.createElementNS(SVG, "g"));
    group.setAttribute("class", `parties ${treaty}`);
    for (const code of figure.dataset[treaty]?.split(" ") ?? []) {
      const shape = group.appendChild(document.createElementNS(SVG, "use"));
      shape.setAttribute("href", `${svg.dataset["sheet"]}#${code}`);
      for (const dot of svg.querySelectorAll(`circle[data-code="${code}"]`)) {
        const copy = group.appendChild(dot.cloneNode() as SVGCircleElement);
        copy.removeAttribute("fill");
        copy.removeAttribute("class");
      }
    }
  }
}

function numbers(text: string | null | undefined): number[] {
  return (text ?? "").split(" ").map(Number);
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
