{
  /** Hands a file to the browser's downloads. */
  rlvis.download = (blob, name) => {
    const link = rlvis.element("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const quote = (value) => {
    const text = String(value);
    // A leading = + - @ in a name would be run as a formula by spreadsheets.
    const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  /** Saves what is on the screen: pictures, the trajectory's numbers, the names of features. */
  class Exporter {
    constructor(app) {
      this.app = app;
    }

    fileName(ending) {
      const { state, content } = this.app;
      const title = content.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
      return `${title || "rlvis"}-trajectory${state.trajectory + 1}${ending}`;
    }

    async png() {
      const canvas = new rlvis.ViewCanvas(this.app).draw();
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      rlvis.download(blob, this.fileName(`-frame${this.app.state.frame}-${this.app.state.layer || "frame"}.png`));
    }

    /** One record per frame: everything recorded, and the attribution sums of the rows on the screen. */
    records() {
      const { state, content } = this.app;
      const series = this.app.series(state.trajectory);
      if (!series) throw new Error("the trajectory has not been loaded yet");
      const sums = this.loadedRows();
      const { rows } = this.app.panels.timeline;
      const agreement = { "agreement of methods": rows.describe("agreement", series, state) };
      if (content.beside) agreement[`agreement with ${content.beside.name}`] = rows.describe("agreement:beside", series, state);
      return Array.from({ length: series.length }, (_, frame) => {
        const episode = content.episodeAt(state.trajectory, frame);
        const logits = series.frameLogits(frame);
        const record = {
          frame, episode: episode ? episode.number + 1 : "", first: series.firsts[frame], action: series.actions[frame],
          action_name: (content.actions[series.actions[frame]] || { name: "" }).name, reward: series.rewards[frame],
          return_so_far: series.returnSoFar(frame), value: series.values[frame], advantage: series.advantages[frame],
        };
        if (content.network.kind !== "q") record.entropy = series.entropy(frame);
        for (const { key } of series.extra) record[key.slice(4)] = series.row(key)[frame];
        for (const { id } of series.memory()) this.addMemory(record, series, id, frame);
        for (const [name, row] of Object.entries(agreement)) if (row) record[name] = row.values[frame];
        content.actions.forEach((action, i) => { record[`logit ${action.name}`] = logits[i]; });
        const beside = series.beside(frame);
        if (beside) content.actions.forEach((action, i) => { record[`${content.beside.name} logit ${action.name}`] = beside.logits[i]; });
        for (const { prefix, attribution } of sums) this.addSums(record, prefix, attribution, frame);
        return record;
      });
    }

    addMemory(record, series, id, frame) {
      const heat = series.heat(id);
      if (!heat) record[id] = series.row(id)[frame];
      else for (const { name, value } of heat.at(frame)) record[`${id.replace(/:units$/, "")}:${name}`] = value;
    }

    loadedRows() {
      return this.app.panels.attribution.rows.filter((row) => row.attribution).map(({ attribution }) => ({
        attribution, prefix: `${attribution.map.id} ${attribution.output}`,
      }));
    }

    addSums(record, prefix, attribution, frame) {
      attribution.frameSums(frame).forEach((sum, k) => {
        record[`${prefix} ${k >= attribution.features ? "residual" : `feature ${k + 1}`}`] = sum;
      });
      if (attribution.memory) record[`${prefix} memory`] = attribution.memory[frame];
      const { lags = 0 } = attribution.map;
      for (let lag = 0; lag < lags; lag++) record[`${prefix} ${lag} frames back`] = attribution.lags[frame * lags + lag];
      if (attribution.completeness) record[`${prefix} completeness error`] = attribution.completeness[frame];
    }

    csv() {
      const records = this.records();
      const columns = Object.keys(records[0]);
      const lines = [columns, ...records.map((record) => columns.map((column) => record[column]))];
      const text = lines.map((line) => line.map(quote).join(",")).join("\r\n");
      rlvis.download(new Blob([text, "\r\n"], { type: "text/csv" }), this.fileName(".csv"));
    }

    json() {
      const { content, state } = this.app;
      const whole = { title: content.title, trajectory: state.trajectory, provenance: content.provenance, frames: this.records() };
      rlvis.download(new Blob([JSON.stringify(whole, null, 1)], { type: "application/json" }), this.fileName(".json"));
    }

    /** All names of features, published and own, in the form that a run reads. */
    names() {
      const { content, state } = this.app;
      const names = {};
      for (const layer of content.layers) {
        const all = { ...(layer.names || {}), ...(state.names[layer.id] || {}) };
        const given = Object.entries(all).filter(([, name]) => name !== "");
        if (given.length) names[layer.id] = Object.fromEntries(given);
      }
      const whole = { format: "rlvis-feature-names", version: 1, names };
      rlvis.download(new Blob([JSON.stringify(whole, null, 1), "\n"], { type: "application/json" }), "feature-names.json");
    }
  }

  rlvis.Exporter = Exporter;
}
