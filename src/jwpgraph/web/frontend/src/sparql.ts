/* The SPARQL page: YASGUI's editor in place of the text field, and the answer below it as a table, a chart or a map. The
   form stays a form: its other button asks for the answer in a format, as it does without this script. */

import "@zazuko/yasgui/build/yasgui.min.css";
import "./sparql.css";
import Yasgui from "@zazuko/yasgui";
import type { Editor } from "codemirror";
import type { Parser, Plugin, Yasr as Results } from "@zazuko/yasr";
import { canChart, chart } from "./sparql/chart";
import { html } from "./dom";
import { canMap, map } from "./sparql/places";
import { shortened } from "./sparql/results";
import type { Result } from "./sparql/results";
import { table } from "./sparql/table";
import { completeFrom } from "./sparql/terms";
import { declare, undeclared } from "./sparql/prefixes";
import { filled } from "./words";
import type { Words } from "./sparql/words";

const { Yasqe, Yasr } = Yasgui;
/** Longer queries are sent in a body: addresses have limits on their way. */
const LONGEST_ADDRESS = 4000;

const form = document.querySelector<HTMLFormElement>("form.editor[data-terms]");
if (form) enhance(form);

function enhance(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLTextAreaElement>("textarea");
  if (!field) return;
  const words = JSON.parse(form.dataset["words"] ?? "{}") as Words;
  const root = form.dataset["root"] ?? "";
  const sheet = form.dataset["sheet"] ?? "";
  const endpoint = new URL(form.action).href;

  const host = html("div", { class: "yasqe-host" });
  field.after(host);
  const yasqe: InstanceType<typeof Yasqe> = new Yasqe(host, {
    persistenceId: null,
    prefixCcApi: null,
    showQueryButton: false,
    resizeable: false,
    // As high as the query: nothing scrolls within the page.
    editorHeight: "auto",
    viewportMargin: Infinity,
    screenReaderLabel: words.editor,
    autocompleters: completeFrom(form.dataset["terms"] ?? "", Yasqe),
    // Its window for sharing is in English and lies over the query: there is a plain link instead.
    createShareableLink: null as unknown as undefined,
    consumeShareLink: null,
    requestConfig: {
      endpoint,
      method: (): "POST" | "GET" => (yasqe.getValue().length > LONGEST_ADDRESS ? "POST" : "GET"),
      acceptHeaderGraph: "text/turtle",
      acceptHeaderSelect: "application/sparql-results+json",
    },
  });
  yasqe.setValue(field.value.trim());
  // The tab key goes on to the next control, as everywhere: nobody is held in the editor.
  const editor = yasqe as unknown as Editor;
  const keys = editor.getOption("extraKeys");
  editor.setOption("extraKeys", { ...(typeof keys === "object" ? keys : {}), Tab: false, "Shift-Tab": false });
  field.hidden = true;
  for (const one of form.querySelectorAll<HTMLElement>("[data-enhanced]")) one.hidden = false;
  for (const one of form.querySelectorAll<HTMLElement>("[data-plain]")) one.hidden = true;

  const known = JSON.parse(form.dataset["prefixes"] ?? "{}") as Record<string, string>;
  /** A button that declares the prefixes that the query uses without declaring them, where they are known. */
  const missing = (): HTMLElement | null => {
    const names = undeclared(yasqe.getValue(), known);
    if (names.length === 0) return null;
    const button = html("button", { type: "button" }, filled(words.declare, { prefixes: names.join(", ") }));
    button.addEventListener("click", () => {
      yasqe.setValue(declare(yasqe.getValue(), names, known));
      ask();
    });
    return html("p", {}, filled(words.undeclared, { prefixes: names.join(", ") }), " ", button);
  };

  const place = html("section", { class: "answer", "aria-label": words.response });
  form.after(place);
  registerViews(words, { sheet, root });
  const yasr = new Yasr(place, {
    persistenceId: null,
    prefixes: () => yasqe.getPrefixesFromQuery(),
    pluginOrder: ["table", "chart", "map", "boolean", "response"],
    defaultPlugin: "table",
    errorRenderers: [(error) => Promise.resolve(explained(error, words, missing()))],
  });
  place.hidden = true;
  translateControls(place, words);
  // What YASGUI leaves without a name for those who listen.
  yasr.on("drawn", () => {
    // After YASGUI has named its controls for this view.
    requestAnimationFrame(() => translateControls(place, words));
    for (const one of place.querySelectorAll("textarea")) one.setAttribute("aria-label", words.response);
  });
  yasqe.on("autocompletionShown", () => {
    document.querySelector(".CodeMirror-hints")?.setAttribute("aria-label", words.suggestions);
  });

  const run = form.querySelector<HTMLButtonElement>("button[data-run]");
  const stop = html("button", { type: "button", class: "plain" }, words.stop);
  const clock = html("span", { class: "quiet" });
  /** How a query ended: those who listen hear this, and neither every tick of the clock nor the whole answer. */
  const outcome = html("span", { class: "quiet", role: "status" });
  const link = html("a", { href: address(endpoint, yasqe.getValue()) }, words.link);
  stop.hidden = true;
  run?.after(" ", stop, " ", clock, outcome);
  form.querySelector(".filters")?.append(" ", link);
  yasqe.on("change", () => (link.href = address(endpoint, yasqe.getValue())));
  let [ticking, began, stopped] = [0, 0, false];
  const seconds = (): string => filled(words.elapsed, { seconds: inTenths((performance.now() - began) / 1000) });
  const ask = (): void => void yasqe.query().catch(() => undefined);
  const ended = (text: string): void => {
    clearInterval(ticking);
    clock.textContent = "";
    outcome.textContent = text;
    if (document.activeElement === stop) run?.focus();
    stop.hidden = true;
    place.removeAttribute("aria-busy");
    if (run) run.textContent = words.run;
  };
  run?.addEventListener("click", ask);
  stop.addEventListener("click", () => yasqe.abortQuery());
  yasqe.on("queryAbort", () => {
    stopped = true;
    place.hidden = true;
    ended(words.stopped);
  });
  yasqe.on("query", () => {
    place.hidden = false;
    place.setAttribute("aria-busy", "true");
    if (run) run.textContent = words.running;
    began = performance.now();
    stopped = false;
    outcome.textContent = "";
    clearInterval(ticking);
    ticking = window.setInterval(() => (clock.textContent = seconds()), 200);
    stop.hidden = false;
    history.replaceState(null, "", address(endpoint, yasqe.getValue()));
  });
  yasqe.on("queryResponse", (_instance, response, duration) => {
    // A query that was stopped is told of once more, as one that failed.
    if (stopped) return;
    const unused = unusedTerms(response, known);
    const note = unused.length > 0 ? ` ${filled(words.unused, { terms: unused.join(", ") })}` : "";
    ended(`${words.response}: ${seconds()}${note}`);
    yasr.setResponse(response, duration);
  });
  form.addEventListener("submit", () => {
    field.value = yasqe.getValue();
  });
}

/** The terms of the query that nothing in the release has (docs/sparql.md). */
function unusedTerms(response: { headers?: Headers } | undefined, prefixes: Record<string, string>): string[] {
  const header = response?.headers instanceof Headers ? (response.headers.get("X-Unused-Terms") ?? "") : "";
  return [...header.matchAll(/<([^>]*)>/g)].map(([, value]) => shortened({ type: "uri", value: value ?? "" }, prefixes));
}

/** A number with one decimal, as the language of the page writes it. */
function inTenths(number: number): string {
  const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return number.toLocaleString(document.documentElement.lang || "en", tenths);
}

/** Give the controls that YASGUI draws in English their texts in the language of the page. */
function translateControls(place: HTMLElement, words: Words): void {
  for (const one of place.querySelectorAll<HTMLElement>("button[class*='select_']")) {
    const label = one.querySelector<HTMLElement>("span") ?? one;
    if (one.classList.contains("select_response")) label.textContent = words.raw;
    const name = label.textContent ?? "";
    one.title = name;
    one.setAttribute("aria-label", name);
  }
  const download = place.querySelector<HTMLElement>(".yasr_downloadIcon");
  download?.setAttribute("aria-label", words.download);
  if (download) download.title = download.classList.contains("disabled") ? "" : words.download;
  // It says in English that there is no help.
  for (const one of place.querySelectorAll<HTMLElement>(".yasr_external_ref_btn")) one.hidden = true;
  const overlaid = new Map([
    ["Show all", words.all],
    ["Download result", words.download],
  ]);
  for (const one of place.querySelectorAll<HTMLElement>(".overlay_btn")) {
    const text = overlaid.get(one.textContent ?? "");
    if (text) one.textContent = one.title = text;
  }
}

/** Where this query is edited: a link to it. */
function address(endpoint: string, query: string): string {
  return `${endpoint}?${new URLSearchParams({ edit: query })}`;
}

/** What was wrong with a query, as the service says it (RFC 9457). */
function explained(error: Parser.ErrorSummary, words: Words, remedy: HTMLElement | null): HTMLElement {
  let [title, detail] = [words.failed, error.text];
  try {
    ({ title, detail } = JSON.parse(error.text) as { title: string; detail: string });
  } catch {
    // Not a problem document: something between here and the service answered.
  }
  return html("div", { class: "note", role: "alert" }, html("strong", {}, title), html("pre", { tabindex: 0 }, detail ?? ""), ...(remedy ? [remedy] : []));
}

function registerViews(words: Words, addresses: { sheet: string; root: string }): void {
  type Draw = (result: Result, prefixes: Record<string, string>) => HTMLElement;

  const view = (label: string, priority: number, can: (result: Result) => boolean, draw: Draw): typeof Plugin =>
    class implements Plugin<unknown> {
      label = label;
      priority = priority;

      constructor(private yasr: Results) {}

      canHandleResults(): boolean {
        const result = this.result();
        return result.columns.length > 0 && can(result);
      }

      draw(): void {
        this.yasr.resultsEl.replaceChildren(draw(this.result(), this.yasr.getPrefixes()));
      }

      getIcon(): undefined {
        return undefined;
      }

      private result(): Result {
        const { results } = this.yasr;
        return { columns: results?.getVariables() ?? [], rows: results?.getBindings() ?? [] };
      }
    } as unknown as typeof Plugin;

  const { root } = addresses;
  Yasr.registerPlugin("table", view(words.table, 10, () => true, (result, prefixes) => table(result, prefixes, root, words)));
  Yasr.registerPlugin("chart", view(words.chart, 5, canChart, (result, prefixes) => chart(result, prefixes, words)));
  const hasSheet = Boolean(addresses.sheet);
  Yasr.registerPlugin(
    "map",
    view(words.map, 4, (result) => hasSheet && canMap(result), (result, prefixes) => map(result, prefixes, addresses, words)),
  );
}
