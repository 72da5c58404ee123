{
  const GAZE_METHOD = "human_gaze";
  const PIXEL_COLOURS = { gaze: "#00d0a0", value: "#ff2a2a", policy: "#2a6cff", logit: "#2a6cff", group: "#ff9a2a" };

  /** The index of the interface with the questions that the panels ask of it. */
  class Content {
    constructor(index) {
      if (!index || index.format !== "rlvis-interface") throw new Error("the index of this page is not an rlvis interface");
      if (index.version !== 1) throw new Error(`the index has version ${index.version}, this page reads version 1`);
      Object.assign(this, { links: [], notes: [], layers: [], maps: [], outputs: [], memory: [], bookmarks: { low: [], high: [] }, marks: [], trust: null, beside: null }, index);
      this.hasGaze = this.maps.some((map) => this.isGaze(map));
      this.layerById = new Map(this.layers.map((layer) => [layer.id, layer]));
      this.outputById = new Map(this.outputs.map((output) => [output.id, output]));
      this.methods = [...new Map(this.maps.map((map) => [map.method, { id: map.method, label: map.label || map.method }])).values()];
    }

    /** Whether a map shows where a person looked, rather than what the agent's outputs depend on. */
    isGaze(map) {
      return Boolean(map) && map.method === GAZE_METHOD;
    }

    /** Whether a map is of the second agent, which was shown what the first one saw. */
    isBeside(map) {
      return Boolean(this.beside) && (this.beside.layers.includes(map.layer) || this.beside.methods.includes(map.method));
    }

    /** Of pairs of maps, {names, …}, those of both agents' maps by the same method: at layers of the same name if there are any such, else at all. */
    counterparts(pairs) {
      if (!this.beside) return [];
      const { prefix } = this.beside;
      const plain = (name) => ((name || "").startsWith(prefix) ? name.slice(prefix.length) : name || "");
      const mapById = new Map(this.maps.map((map) => [map.id, map]));
      const common = ({ names }, part) => new Set(names.map((name) => plain(mapById.get(name)[part]))).size === 1;
      const across = pairs.filter((pair) => new Set(pair.names.map((name) => this.isBeside(mapById.get(name)))).size === 2 && common(pair, "method"));
      const same = across.filter((pair) => common(pair, "layer"));
      return same.length ? same : across;
    }

    layer(id) {
      return this.layerById.get(id) || null;
    }

    /** The map that a method has for a layer; methods that work on pixels have one map for all layers. */
    findMap(method, layerId) {
      const maps = this.maps.filter((map) => map.method === method);
      return maps.find((map) => map.layer === layerId) || maps.find((map) => !map.layer) || null;
    }

    /** What a row shows: its own method where that has the layer, else what the layer has (gradients at the input). */
    resolveRow(row, layerId) {
      const layer = row.layer || layerId;
      const map = this.findMap(row.method, layer) || this.maps.find((each) => each.layer === layer) || null;
      return { map, output: row.output, layer };
    }

    /** Every output for which any map of the method exists. */
    methodOutputs(method) {
      const ids = new Set(this.maps.filter((map) => map.method === method).flatMap((map) => map.outputs));
      return this.outputs.filter((output) => ids.has(output.id));
    }

    mapLabel(id) {
      const map = this.maps.find((each) => each.id === id);
      if (!map) return id;
      const layer = map.layer && (this.layer(map.layer) ? this.layer(map.layer).label : map.layer);
      return layer ? `${map.label} at ${layer}` : map.label;
    }

    chunkName(map, output, trajectory) {
      const names = map.chunks[output];
      return names ? names[trajectory] || null : null;
    }

    outputLabel(id) {
      return this.outputById.has(id) ? this.outputById.get(id).label : id;
    }

    outputKind(id) {
      return this.outputById.has(id) ? this.outputById.get(id).kind : "value";
    }

    /** Hex colours of a map's features; maps over pixels have one feature and take their output's colour. */
    mapColours(map, output) {
      if (map.colors) return map.colors;
      const layer = this.layer(map.layer);
      if (layer && layer.colors.length >= map.features) return layer.colors;
      return Array(map.features).fill(PIXEL_COLOURS[this.outputKind(output)] || PIXEL_COLOURS.value);
    }

    /** A name for feature k: the user's, the publisher's, or nothing. */
    featureName(layerId, feature, names) {
      const own = names[layerId] && names[layerId][feature];
      if (own !== undefined) return own;
      const layer = this.layer(layerId);
      if (layer && layer.input && layer.features === 3) return ["red", "green", "blue"][feature];
      return (layer && layer.names && layer.names[feature]) || "";
    }

    length(trajectory) {
      return this.trajectories[trajectory].length;
    }

    episodeAt(trajectory, frame) {
      const episodes = this.trajectories[trajectory].episodes || [];
      const number = episodes.findIndex((episode) => frame >= episode.start && frame < episode.end);
      return number < 0 ? null : { number, count: episodes.length, ...episodes[number] };
    }

    /** The nearest row that can be shown: the wanted method and output where they exist, else a default. */
    repairRow(row, layerId) {
      const wanted = this.maps.some((map) => map.method === row.method) ? row.method : this.defaultMethod();
      const layer = row.layer && this.layerById.has(row.layer) ? row.layer : null;
      const map = this.findMap(wanted, layer || layerId);
      const outputs = map ? map.outputs : this.methodOutputs(wanted).map((output) => output.id);
      return { method: wanted, output: outputs.includes(row.output) ? row.output : outputs[0] || "value", layer };
    }

    defaultMethod() {
      const wanted = (this.defaults || {}).method;
      if (this.maps.some((map) => map.method === wanted)) return wanted;
      return this.maps.length ? this.maps[0].method : "";
    }

    defaultLayer() {
      const wanted = (this.defaults || {}).layer;
      if (this.layerById.has(wanted)) return wanted;
      return this.layers.length ? this.layers[Math.floor((this.layers.length - 1) / 2)].id : null;
    }

    defaultState() {
      const layer = this.defaultLayer();
      const { fps = 12, visible_frames: visible = 256 } = this.defaults || {};
      const gaze = this.hasGaze ? [this.repairRow({ method: GAZE_METHOD, layer: null }, layer)] : [];
      const beside = this.beside ? [this.repairRow({ method: this.defaultMethod(), output: "value", layer: this.beside.layer }, layer)] : [];
      return {
        trajectory: 0, frame: 0, layer,
        rows: [this.repairRow({ method: this.defaultMethod(), output: "value", layer: null }, layer), ...beside, ...gaze],
        direction: "split", residual: false, overlay: true, tone: "grey", smooth: true, enlarge: "nearest",
        opacity: 1, scale: "trajectory", gain: 1, saturation: "hue", pinned: [],
        fps, atEnd: "stop", visible, series: ["advantage", "value", "extra", "agreement", ...(this.beside ? ["agreement:beside"] : []), "memory"], stack: false, human: false, gaze: true,
        names: {}, bookmarks: [], notes: "", popup: null, theme: "auto",
        playing: 0, hover: null, probe: null,
      };
    }
  }

  rlvis.Content = Content;
}
