{
  const CELLS = [
    ["frame", "frame", "The frames of a trajectory are numbered from 0"],
    ["episode", "episode", "Number of this episode within the trajectory"],
    ["left", "time left", "Steps until the episode ends in this recording"],
    ["reward", "last reward", "Reward of the step that led to this frame"],
    ["return", "return so far", "Sum of the episode's rewards before this frame"],
    ["value", "value", "The value function: the network's estimate of the discounted return from here"],
    ["beside", "value", "The second agent's value function in this frame"],
    ["entropy", "entropy", "Entropy of the policy in nats: 0 is certain, the most is the logarithm of the number of actions"],
    ["completeness", "completeness", "How far the attribution of the first row is from adding up to what it explains, as a share of that"],
    ["action", "next action", "The action that was sampled in this frame"],
  ];

  /** The cells over the timeline: what is known about the current frame. */
  class Status {
    constructor(app) {
      this.app = app;
      this.values = {};
      this.labels = {};
      const cells = CELLS.map(([id, label, title]) => {
        this.values[id] = rlvis.element("dd", {}, "–");
        this.labels[id] = rlvis.element("dt", {}, label);
        return rlvis.element("div", { className: "status-cell", title, dataset: { cell: id } }, this.labels[id], this.values[id]);
      });
      this.element = rlvis.element("dl", { className: "status" }, cells);
      const { beside } = app.content;
      if (beside) rlvis.setText(this.labels.beside, `${beside.name}: value`);
      this.values.beside.parentElement.hidden = !beside;
      this.hasCompleteness = app.content.maps.some((map) => map.completeness);
      this.values.completeness.parentElement.hidden = !this.hasCompleteness;
    }

    write(id, text) {
      rlvis.setText(this.values[id], text);
    }

    update(state, series) {
      const { content } = this.app;
      const episode = content.episodeAt(state.trajectory, state.frame);
      this.write("frame", `${state.frame} of ${content.length(state.trajectory) - 1}`);
      this.write("episode", episode ? `${episode.number + 1} of ${episode.count}` : "–");
      const begins = Boolean(episode && state.frame === episode.start && episode.begun !== false);
      rlvis.setText(this.labels.episode, begins ? "new episode" : "episode");
      this.labels.episode.parentElement.classList.toggle("new", begins);
      this.write("left", episode ? (episode.ended ? String(episode.end - 1 - state.frame) : `≥ ${episode.end - 1 - state.frame}`) : "–");
      if (!series) {
        for (const id of ["reward", "return", "value", "beside", "entropy", "action", "completeness"]) this.write(id, "–");
        return;
      }
      const { plain, number } = rlvis.format;
      this.write("reward", state.frame > 0 ? plain(series.lastReward(state.frame)) : "–");
      this.write("return", (episode && episode.begun === false ? "≥ " : "") + plain(series.returnSoFar(state.frame)));
      this.write("value", number(series.values[state.frame]));
      const beside = series.beside(state.frame);
      if (beside) this.write("beside", number(beside.value));
      this.write("entropy", content.network.kind === "q" ? "–" : number(series.entropy(state.frame)));
      const action = content.actions[series.actions[state.frame]];
      this.write("action", action ? rlvis.actionLabel(action) : String(series.actions[state.frame]));
      this.values.action.title = action ? action.name : "";
      if (this.hasCompleteness) this.write("completeness", this.completenessText(state));
    }

    completenessText(state) {
      const { map, output } = this.app.content.resolveRow(state.rows[0], state.layer);
      try {
        const attribution = map && this.app.attribution(map, output, state.trajectory);
        return attribution && attribution.completeness ? rlvis.format.percent(attribution.completeness[state.frame]) : "–";
      } catch {
        return "–"; // The row itself says what is wrong with its data.
      }
    }
  }

  /** An arrow for a direction; a word for what has none. */
  rlvis.actionLabel = ({ directions = [], glyph, short, name }) => (directions.length ? glyph || short : short || glyph) || name;
  rlvis.Status = Status;
}
