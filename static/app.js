{
  const ZOOM_STEP = 1.5;
  const ZOOM_LIMITS = [16, 8192];

  /** The page: its content, its state, and the panels that draw it. */
  class App {
    constructor(index) {
      this.content = new rlvis.Content(index);
      this.changed = new Set();
      this.scheduled = false;
      this.started = false;
      this.kept = { series: new WeakMap(), attribution: new WeakMap(), colours: new Map(), widths: new Map() };
      this.chunks = new rlvis.ChunkStore(this.content.chunks, () => this.dataArrived());
      this.bitmaps = new rlvis.BitmapCache(() => this.invalidate("data"));
      this.frames = new rlvis.Frames(this.content, this.chunks, this.bitmaps);
      this.defaults = this.content.defaultState();
      this.store = new rlvis.Store(this.defaults, (keys) => this.invalidate(...keys));
      this.strips = new rlvis.Strips(this);
      this.examples = new rlvis.Examples(this);
      this.playback = new rlvis.Playback(this);
      this.readout = new rlvis.Readout();
      this.notices = new rlvis.Notices();
      this.address = new rlvis.Address(this);
      this.exporter = new rlvis.Exporter(this);
      this.help = new rlvis.Help();
      this.provenance = new rlvis.Provenance(this.content);
      this.clip = new rlvis.Clip(this);
      this.panels = {};
    }

    get state() {
      return this.store.state;
    }

    /** Adds a panel; if it cannot even be built, its place says so and the others live on. */
    add(name, Panel) {
      try {
        this.panels[name] = new Panel(this);
      } catch (error) {
        console.error(error);
        const place = document.getElementById(name);
        if (place) place.append(rlvis.element("p", { className: "panel-message", role: "status" }, `This part of the page failed: ${error.message}.`));
      }
    }

    openAddress() {
      const { state, notices } = rlvis.decodeState(location.search, location.hash, this.content);
      for (const notice of notices) this.notices.show(notice);
      this.store.set({ ...state, playing: 0, hover: null, probe: null });
    }

    invalidate(...keys) {
      for (const key of keys) this.changed.add(key);
      if (this.scheduled) return;
      this.scheduled = true;
      requestAnimationFrame(() => this.render());
    }

    dataArrived() {
      this.strips.forgetErrors();
      this.invalidate("data", "strips");
    }

    render() {
      const begun = performance.now();
      const { changed } = this;
      this.changed = new Set();
      this.scheduled = false;
      this.chunks.generation += 1;
      if (changed.has("size")) {
        this.kept.widths.clear();
        this.kept.textSize = 0;
      }
      for (const panel of Object.values(this.panels)) panel.refresh(this.state, changed);
      this.address.changed();
      this.renderTime = performance.now() - begun;
      if (!this.started) this.noteFirstPicture();
    }

    /** The moment at which the first frame is complete, for measurement and for what may wait until then. */
    noteFirstPicture() {
      const attribution = this.panels.attribution;
      const row = attribution && attribution.rows[0];
      const settled = row && (row.attribution || !row.message.hidden || !row.map);
      if (!settled || !this.hasFrame()) return;
      this.started = true;
      this.firstPicture = performance.now();
      document.documentElement.dataset.ready = "true";
      this.invalidate("strips");
    }

    /** Whether the current frame is decoded, or never will be: then its row says why. */
    hasFrame() {
      try {
        return Boolean(this.frames.picture(this.state.trajectory, this.state.frame, "frames", "colour"));
      } catch {
        return true;
      }
    }

    /** Shows a frame and resolves once it is drawn. */
    async showFrame(frame) {
      this.goTo({ frame });
      while (this.scheduled || this.chunks.pending.size || this.bitmaps.pending.size) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }

    /** The numbers of a trajectory; null while they load. */
    series(trajectory) {
      const chunk = this.chunks.get(this.content.trajectories[trajectory].chunk);
      if (!chunk) return null;
      if (!this.kept.series.has(chunk)) this.kept.series.set(chunk, new rlvis.Series(this.content, trajectory, chunk));
      return this.kept.series.get(chunk);
    }

    /** The planes of a map; null while they load. */
    attribution(map, output, trajectory) {
      const name = this.content.chunkName(map, output, trajectory);
      if (!name) {
        const where = map.layer ? ` at layer ${map.layer}` : "";
        throw new rlvis.Unavailable(`${map.label} of “${this.content.outputLabel(output)}” was not computed${where}; choose another output, method or layer.`);
      }
      const chunk = this.chunks.get(name);
      if (!chunk) return null;
      if (!this.kept.attribution.has(chunk)) {
        this.kept.attribution.set(chunk, new rlvis.Attribution(this.content, map, output, trajectory, chunk));
      }
      return this.kept.attribution.get(chunk);
    }

    /** Moves to a trajectory, a frame, or both, within what there is. */
    goTo({ trajectory = this.state.trajectory, frame = this.state.frame }) {
      const place = Math.max(0, Math.min(this.content.trajectories.length - 1, trajectory));
      this.store.set({ trajectory: place, frame: Math.max(0, Math.min(this.content.length(place) - 1, frame)) });
    }

    /** Moves there and pauses, as bookmarks do. */
    visit(trajectory, frame) {
      this.store.set({ playing: 0 });
      this.goTo({ trajectory, frame });
    }

    stepEpisode(direction) {
      const { trajectory, frame } = this.state;
      const starts = this.content.trajectories[trajectory].episodes.map(({ start }) => start);
      const next = direction > 0 ? starts.find((start) => start > frame) : starts.filter((start) => start < frame).pop();
      if (next !== undefined) this.goTo({ frame: next });
    }

    /** Features belong to their layer, so what was isolated is released with it. */
    selectLayer(layer) {
      if (layer !== this.state.layer) this.store.set({ layer, pinned: [], hover: null });
    }

    stepLayer(direction) {
      const { layers } = this.content;
      const next = layers[layers.findIndex(({ id }) => id === this.state.layer) + direction];
      if (next) this.selectLayer(next.id);
    }

    togglePinned(feature) {
      const layer = this.content.layer(this.state.layer);
      if (!layer || (feature !== "residual" && feature >= layer.features)) return;
      const { pinned } = this.state;
      this.store.set({ pinned: pinned.includes(feature) ? pinned.filter((each) => each !== feature) : [...pinned, feature] });
    }

    escape() {
      const menu = document.querySelector("details.menu[open]");
      if (menu) menu.open = false;
      else this.release();
    }

    release() {
      this.store.set({ pinned: [], hover: null, probe: null });
      this.readout.hide();
    }

    zoomTime(steps) {
      const visible = Math.round(this.state.visible * ZOOM_STEP ** steps);
      this.store.set({ visible: Math.max(ZOOM_LIMITS[0], Math.min(ZOOM_LIMITS[1], visible)) });
    }

    addBookmark() {
      const { bookmarks, trajectory, frame } = this.state;
      if (bookmarks.some((mark) => mark.trajectory === trajectory && mark.frame === frame)) return;
      this.store.set({ bookmarks: [...bookmarks, { trajectory, frame, note: "" }] });
      this.notices.show(`Frame ${frame} is bookmarked; it is part of the link now.`, 3);
    }

    changeBookmark(number, note) {
      this.store.set({ bookmarks: this.state.bookmarks.map((mark, i) => (i === number ? { ...mark, note } : mark)) });
    }

    removeBookmark(number) {
      this.store.set({ bookmarks: this.state.bookmarks.filter((_, i) => i !== number) });
    }

    nameFeature(feature, name) {
      const { names, layer } = this.state;
      this.store.set({ names: { ...names, [layer]: { ...names[layer], [feature]: name } } });
    }

    /** The width of a canvas on the page, measured once per layout. */
    widthOf(node) {
      if (!this.kept.widths.has(node)) this.kept.widths.set(node, node.getBoundingClientRect().width);
      return this.kept.widths.get(node);
    }

    /** The root's font size in pixels: what canvases beside text are sized by. */
    textSize() {
      if (!this.kept.textSize) this.kept.textSize = parseFloat(getComputedStyle(document.documentElement).fontSize);
      return this.kept.textSize;
    }

    /** A colour of the theme, for drawing on canvases. */
    colour(name) {
      if (!this.kept.colours.has(name)) this.kept.colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
      return this.kept.colours.get(name);
    }

    forgetColours() {
      this.kept.colours.clear();
    }
  }

  rlvis.App = App;
}
