// Two futures side by side: what differs, from which step on, and the way there.
import { button, element, widget } from "./dom.js";
import { linkTo } from "./link.js";

function choice(diff, side, choose) {
  const options = diff.branches.map((branch) =>
    element("option", { value: branch.number, selected: branch.number === diff.chosen[side] }, `branch ${branch.number}`),
  );
  const label = side ? "the other branch" : "one branch";
  return element("select", { "aria-label": label, "data-side": side, onchange: (event) => choose(side, Number(event.target.value)) }, options);
}

function places(diff, visit) {
  const rows = diff.places.map((place) => {
    const ways = diff.chosen.map((branch) =>
      button(`branch ${branch}`, `go to step ${place.tick} of branch ${branch}`, () => visit(branch, place.tick)),
    );
    return element("li", { class: "wl-bar" }, `Step ${place.tick}, ${place.text}: `, ways);
  });
  return rows.length ? element("ul", { class: "wl-list", "aria-label": "steps worth a visit" }, rows) : null;
}

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const said = element("p", { class: "wl-status", role: "status", "aria-live": "polite" });
    const body = element("div", {});
    function choose(side, number) {
      const chosen = [...model.get("diff").chosen];
      chosen[side] = number;
      send("compare", ...chosen);
    }
    function draw() {
      const diff = model.get("diff");
      const rows = diff.rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row.what), element("td", {}, row.left), element("td", {}, row.right)));
      const heads = ["what", diff.left, diff.right].map((text) => element("th", { scope: "col" }, text));
      const table = element("table", { class: "wl-diff" }, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, rows));
      const branches = diff.branches.map((branch) =>
        element("li", { class: branch.current ? "wl-now" : null, "aria-current": branch.current ? "true" : null }, `${branch.current ? "▶ " : ""}${branch.text}`),
      );
      said.textContent = diff.summary;
      const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      body.replaceChildren(
        ...[
          branches.length ? element("ul", { class: "wl-list", "aria-label": "branches" }, branches) : null,
          branches.length > 1 ? element("p", { class: "wl-bar" }, "Compare ", choice(diff, 0, choose), " with ", choice(diff, 1, choose)) : null,
          rows.length ? element("div", { class: "wl-scroll", tabindex: "0", role: "group", "aria-label": "differences" }, table) : null,
          places(diff, (branch, tick) => send("visit", branch, tick)),
        ].filter(Boolean),
      );
      if (focused) body.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    el.replaceChildren(widget({}, said, body, trouble));
    model.on("change:diff", draw);
    draw();
    return () => model.off("change:diff", draw);
  },
};
