/* Offers the graph of a thing's neighbourhood; what draws it is loaded when somebody asks for it. */

const section = document.querySelector<HTMLElement>("[data-graph]");
const button = section?.querySelector("button");
if (section && button) {
  section.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { Graph } = await import("./graph/graph");
    button.parentElement?.remove();
    await new Graph(section).begin();
  });
}

export {};
