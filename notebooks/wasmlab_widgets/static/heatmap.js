// The heat map: which bytes were written when. Columns are time, rows are addresses.
import { bytesOf, element, hex } from "./dom.js";
import { linkTo } from "./link.js";

const CELL = 6;

export default {
  render({ model, el }) {
    const trouble = element("p", { class: "wl-trouble", role: "alert" });
    const send = linkTo(model, (text) => { trouble.textContent = text; });
    const map = model.get("map");
    const counts = bytesOf(map.counts);
    const most = Math.max(1, ...counts);
    const canvas = element("canvas", { width: map.columns * CELL, height: map.rows * CELL, class: "wl-map", tabindex: "0", role: "application", "aria-label": `${map.summary}; arrow keys move, Enter goes to a step` });
    const said = element("p", { class: "wl-status", role: "status", "aria-live": "polite" }, map.summary);
    const pen = canvas.getContext("2d");
    counts.forEach((count, at) => {
      if (!count) return;
      pen.fillStyle = `hsl(25 95% 50% / ${0.25 + (0.75 * count) / most})`;
      pen.fillRect((at % map.columns) * CELL, Math.floor(at / map.columns) * CELL, CELL - 1, CELL - 1);
    });
    let column = 0;
    let row = 0;
    function tell() {
      const tick = map.first + column * map.ticks;
      const address = map.lowest + row * map.bytes;
      said.textContent = `step ${tick}, address 0x${hex(address, 1)}: ${counts[row * map.columns + column]} bytes written`;
    }
    function point(x, y) {
      column = Math.max(0, Math.min(map.columns - 1, x));
      row = Math.max(0, Math.min(map.rows - 1, y));
      tell();
    }
    const go = () => send("goto", map.first + column * map.ticks);
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("mousemove", (event) => point(Math.floor(event.offsetX / CELL), Math.floor(event.offsetY / CELL)));
    canvas.addEventListener("click", go);
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") go();
      else if (moves[event.key]) point(column + moves[event.key][0], row + moves[event.key][1]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    el.replaceChildren(element("div", { class: "wasmlab wl-scroll" }, canvas, said, trouble));
  },
};
