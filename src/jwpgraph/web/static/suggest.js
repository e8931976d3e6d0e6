/* Completes what is typed into a field marked with data-suggest, the address of the service's own suggestions, as a
   combobox (ARIA Authoring Practices). A suggestion leads to its page, or fills the field if it is marked with data-fill.
   Without this script the field is a field, and its form works as it is. */

const THING = "https://w3id.org/jwpgraph/id/";
const PAUSE = 120;

for (const field of document.querySelectorAll("input[data-suggest]")) complete(field);

function complete(field) {
  const list = document.createElement("ul");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.label ?? "Suggestions");
  const kinds = JSON.parse(field.dataset.kinds ?? "{}");
  list.hidden = true;
  field.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    field.setAttribute(name, value);
  }
  let timer, asked;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    const options = [...list.children];
    const here = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "Escape") {
      // What is still on its way must not open the list again.
      cancel();
      if (!list.hidden) event.preventDefault();
      show([]);
    } else if (event.key === "Enter" && here >= 0) {
      event.preventDefault();
      take(options[here]);
    } else if (event.key === "ArrowDown" && !options.length) {
      // Opens the list again after Escape.
      cancel();
      ask();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      // Later suggestions must not replace the list in which the reader selects.
      cancel();
      const step = event.key === "ArrowDown" ? 1 : -1;
      select(options, here < 0 && step < 0 ? options.length - 1 : (here + step + options.length + 1) % (options.length + 1));
    }
  });
  field.addEventListener("blur", () => setTimeout(() => show([]), 150));

  function cancel() {
    clearTimeout(timer);
    asked?.abort();
  }

  function take(option) {
    if (!("fill" in field.dataset)) return location.assign(option.dataset.href);
    cancel();
    field.value = option.dataset.id;
    show([]);
  }

  async function ask() {
    asked?.abort();
    const text = field.value.trim();
    if (text.length < 2) return show([]);
    asked = new AbortController();
    try {
      const address = `${field.dataset.suggest}?${new URLSearchParams({ q: text, limit: "8", lang: field.dataset.lang ?? "en" })}`;
      const answer = await fetch(address, { signal: asked.signal });
      if (answer.ok && document.activeElement === field) show((await answer.json()).items);
    } catch (error) {
      if (error.name !== "AbortError") show([]);
    }
  }

  function show(items) {
    list.replaceChildren(...items.filter((item) => item.id.startsWith(THING)).map(option));
    list.hidden = !list.children.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  }

  function option(item, place) {
    const element = document.createElement("li");
    element.id = `${list.id}-${place}`;
    element.setAttribute("role", "option");
    element.ariaSelected = "false";
    element.dataset.id = item.id.slice(THING.length);
    element.dataset.href = field.dataset.suggest.replace(/\/api\/.*$/, page(item));
    const name = element.appendChild(document.createElement("span"));
    name.textContent = item.notation ? `${item.notation} ${item.label}` : item.label;
    name.lang = item.lang;
    name.dir = "auto";
    const about = element.appendChild(document.createElement("span"));
    about.className = "quiet";
    about.textContent = [words(item, kinds), item.matched === item.label || item.matched === item.notation ? "" : item.matched].filter(Boolean).join(" · ");
    element.addEventListener("mousedown", (event) => {
      // The field keeps the focus.
      event.preventDefault();
      take(element);
    });
    return element;
  }

  function select(options, place) {
    options.forEach((option, index) => (option.ariaSelected = String(index === place)));
    options[place]?.scrollIntoView({ block: "nearest" });
    if (options[place]) field.setAttribute("aria-activedescendant", options[place].id);
    else field.removeAttribute("aria-activedescendant");
  }
}

/** The path of a suggestion's page; concepts that stand for the same animal have one page. */
function page(item) {
  return item.also?.length ? `/species/${item.id.split("/").at(-1)}` : `/doc/${item.id.slice(THING.length)}`;
}

/** The type of a suggestion, and for a taxon the treaties whose taxonomies have it. */
function words(item, kinds) {
  const taxonomies = ["cms", "cites"].filter((one) => [item.id, ...(item.also ?? [])].some((iri) => iri.startsWith(`${THING}taxon/${one}/`)));
  return [kinds[item.type] ?? item.type, ...taxonomies.map((one) => one.toUpperCase())].join(", ");
}
