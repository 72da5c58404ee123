{
  /** A part of the page with its own error boundary: what goes wrong inside is said inside. */
  class Panel {
    constructor(app, id, keys) {
      Object.assign(this, { app, keys });
      this.root = document.getElementById(id);
      this.body = this.root.querySelector(".panel-body") || this.root;
      this.message = rlvis.element("p", { className: "panel-message", role: "status", hidden: true });
      this.body.before(this.message);
    }

    /** Calls update(state, changed) when one of the panel's keys changed; `null` means everything. */
    refresh(state, changed) {
      if (changed && !this.keys.some((key) => changed.has(key))) return;
      rlvis.guard(this.app, this.message, () => this.update(state, changed || new Set(this.keys)));
    }
  }

  /** Runs `work`; shows an error in `message` (with a way to try a data file again), clears it otherwise. */
  rlvis.guard = (app, message, work) => {
    try {
      work();
      if (!message.hidden) message.hidden = true;
    } catch (error) {
      rlvis.showError(app, message, error);
    }
  };

  /** Something that a reader may ask for but that this interface does not hold; no failure. */
  class Unavailable extends Error {}

  rlvis.showError = (app, message, error) => {
    if (error instanceof Unavailable) {
      message.hidden = false;
      message.replaceChildren(error.message);
      return;
    }
    const isData = error instanceof rlvis.ChunkError;
    if (!isData) console.error(error);
    const text = isData
      ? `${error.message} The rest of the page works without it.`
      : `This part of the page failed: ${error.message}. The rest of the page works without it.`;
    message.hidden = false;
    message.replaceChildren(text);
    if (isData) message.append(" ", rlvis.button("Try again", () => app.chunks.retry(error.chunk)));
  };

  Object.assign(rlvis, { Panel, Unavailable });
}
