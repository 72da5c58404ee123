{
  const KEYS = [
    "trajectory", "frame", "layer", "rows", "direction", "residual", "overlay", "tone", "smooth", "enlarge", "opacity",
    "scale", "gain", "saturation", "pinned", "hover", "probe", "stack", "human", "gaze", "names", "data", "theme", "size",
  ];

  /** All attribution rows, the button that adds one, and the numbers under the pointer. */
  class AttributionRows extends rlvis.Panel {
    constructor(app) {
      super(app, "attribution", KEYS);
      this.rows = [];
      this.list = rlvis.element("div", { className: "rows" });
      this.add = rlvis.button("Add row", () => this.addRow(), { className: "add-row", title: "Compare another output, method or layer" });
      this.options = new rlvis.AttributionOptions(app);
      this.root.querySelector("h2").after(this.options.element);
      this.body.append(this.list, this.add);
      document.addEventListener("pointerdown", (event) => {
        if (app.state.probe && !event.target.closest(".picture-surface")) this.setProbe(0, null);
      });
    }

    update(state) {
      while (this.rows.length > state.rows.length) this.rows.pop().element.remove();
      while (this.rows.length < state.rows.length) {
        const row = new rlvis.AttributionRow(this.app, this, this.rows.length);
        this.rows.push(row);
        this.list.append(row.element);
      }
      this.options.update(state);
      this.add.hidden = this.app.content.maps.length === 0;
      this.list.dataset.rows = state.rows.length;
      this.rows.forEach((row, i) => row.update(state, state.rows[i]));
      this.list.dataset.columns = Math.max(...this.rows.map(({ columns }) => columns));
      this.showProbe(state);
    }

    changeRow(number, patch) {
      const { state, content, store } = this.app;
      const rows = state.rows.map((row, i) => (i === number ? content.repairRow({ ...row, ...patch }, state.layer) : row));
      store.set({ rows });
    }

    removeRow(number) {
      const { state, store } = this.app;
      if (state.rows.length > 1) store.set({ rows: state.rows.filter((_, i) => i !== number) });
    }

    /** A new row like the last one, with the first output or else the first method that no row shows yet. */
    addRow() {
      const { state, content, store } = this.app;
      const last = state.rows[state.rows.length - 1];
      const seen = ({ map, output }) => map && `${map.id} ${output}`;
      const shown = new Set(state.rows.map((row) => seen(content.resolveRow(row, state.layer))));
      const { map } = content.resolveRow(last, state.layer);
      const others = [
        ...(map ? map.outputs.map((output) => ({ ...last, output })) : []),
        ...content.methods.map(({ id }) => content.repairRow({ ...last, method: id, layer: null }, state.layer)),
      ];
      const next = others.find((row) => !shown.has(seen(content.resolveRow(row, state.layer))));
      store.set({ rows: [...state.rows, next || { ...last }] });
    }

    setProbe(number, point, picture = null) {
      if (!point) {
        this.app.store.set({ probe: null });
        this.app.readout.hide();
        return;
      }
      this.app.store.set({ probe: point.key ? this.moveProbe(number, point.key, picture) : { ...point, row: number } });
    }

    /** Shift and an arrow move the position under inspection by one cell. */
    moveProbe(number, key, picture) {
      const { probe } = this.app.state;
      const cell = this.rows[number].cell(probe || { x: 0.5, y: 0.5 });
      const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
      const row = Math.max(0, Math.min(cell.height - 1, cell.row + (probe ? down : 0)));
      const column = Math.max(0, Math.min(cell.width - 1, cell.column + (probe ? right : 0)));
      const x = (column + 0.5) / cell.width;
      const y = (row + 0.5) / cell.height;
      const box = picture.surface.getBoundingClientRect();
      return { x, y, row: number, clientX: box.left + x * box.width, clientY: box.top + y * box.height };
    }

    showProbe(state) {
      const { probe, names, frame } = state;
      const row = probe && this.rows[probe.row];
      if (!row || !row.attribution) return;
      const cell = row.cell(probe);
      const numbers = row.attribution.at(frame, cell.row, cell.column);
      const items = row.attribution.describe(numbers, names).sort((first, second) => Math.abs(second.value) - Math.abs(first.value));
      const shown = items.slice(0, 12);
      const total = numbers.reduce((sum, value) => sum + value, 0);
      this.app.readout.show([
        rlvis.element("p", {}, this.describeCell(cell, row.map)),
        rlvis.numberTable(shown),
        rlvis.element("p", { className: "readout-foot" },
          `${items.length > shown.length ? `${items.length - shown.length} weaker ones not listed, ` : ""}sum ${rlvis.format.signed(total)}`),
      ], probe.clientX, probe.clientY);
    }

    describeCell({ row, column, height, width }, map) {
      const { observation } = this.app.content;
      const span = (index, count, size) => {
        const first = Math.floor((index * size) / count);
        const last = Math.max(first, Math.ceil(((index + 1) * size) / count) - 1);
        return first === last ? String(first) : `${first}–${last}`;
      };
      const place = map.layer ? `layer ${map.layer}, row ${row}, column ${column}` : `row ${row}, column ${column}`;
      if (height === observation.height && width === observation.width) return place;
      return `${place} (pixels ${span(row, height, observation.height)}, ${span(column, width, observation.width)})`;
    }
  }

  rlvis.AttributionRows = AttributionRows;
}
