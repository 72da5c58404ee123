{
  // The part of the address after # holds everything that is on the screen; it is never sent to a server.
  // ?layer=…&trajectory=…&frame=… is read too. What is not understood is replaced and reported, never fatal.

  const choice = (...allowed) => ({
    write: (value) => value,
    read: (text) => (allowed.includes(text) ? text : undefined),
  });
  const flag = { write: (value) => (value ? "1" : "0"), read: (text) => ({ 1: true, 0: false })[text] };
  const between = (low, high) => ({
    write: (value) => String(Number(value.toPrecision(6))),
    read: (text) => {
      const value = Number(text);
      return text.trim() !== "" && value >= low && value <= high ? value : undefined;
    },
  });
  const list = (item, separator = ",") => ({
    write: (values) => values.map(item.write).join(separator),
    read: (text) => {
      const values = text === "" ? [] : text.split(separator).map(item.read);
      return values.includes(undefined) ? undefined : values;
    },
  });
  const word = { write: (value) => encode(value), read: (text) => decode(text) };
  const text = { write: (value) => value, read: (value) => value };
  const feature = {
    write: (value) => (value === "residual" ? value : String(value + 1)),
    read: (value) => (value === "residual" ? value : /^\d+$/.test(value) && value > 0 ? Number(value) - 1 : undefined),
  };

  // The parts of a value are separated by , and ~, so these are escaped inside a part.
  const encode = (value) => encodeURIComponent(value).replaceAll("~", "%7E");
  const decode = (value) => {
    try {
      return decodeURIComponent(value);
    } catch {
      return undefined;
    }
  };

  const row = {
    write: ({ method, output, layer }) => [method, output, layer].filter(Boolean).map(encode).join("~"),
    read: (value) => {
      const [method, output, layer = null] = value.split("~").map(decode);
      return method && output ? { method, output, layer } : undefined;
    },
  };
  const bookmark = {
    write: ({ trajectory, frame, note }) => [trajectory + 1, frame, encode(note)].join("~"),
    read: (value) => {
      const parts = /^(\d+)~(\d+)~(.*)$/.exec(value);
      const note = parts && decode(parts[3]);
      return parts && note !== undefined ? { trajectory: parts[1] - 1, frame: Number(parts[2]), note } : undefined;
    },
  };
  const names = {
    write: (value) => Object.entries(value).flatMap(([layer, features]) => Object.entries(features).map(
      ([k, name]) => [encode(layer), Number(k) + 1, encode(name)].join("~"))).join(","),
    read: (value) => {
      const found = {};
      for (const item of value.split(",").filter(Boolean)) {
        const [layer, k, name] = item.split("~").map(decode);
        if (!layer || !/^\d+$/.test(k) || k < 1 || name === undefined) return undefined;
        (found[layer] ||= {})[k - 1] = name;
      }
      return found;
    },
  };
  // An example opened in the popup: which one, the patch's centre in layer cells and its width, and how strong it is.
  const example = {
    write: ({ observation, row, column, expand, strength }) => [observation, ...[row, column, expand, strength].map((number) => Number(number.toFixed(3)))].join("~"),
    read: (value) => {
      const numbers = /^\d+(~-?\d+(\.\d+)?){4}$/.test(value) ? value.split("~").map(Number) : [];
      const [observation, row, column, expand, strength] = numbers;
      return numbers.length ? { observation, row, column, expand, strength } : undefined;
    },
  };
  const popup = {
    write: (value) => (value ? [value.feature + 1, value.expand.toFixed(2), value.patches, ...(value.example ? [example.write(value.example)] : [])].join("~") : ""),
    read: (value) => {
      if (value === "") return null;
      const parts = /^([1-9]\d*)~([\d.]+)~(0\.25|0\.5|1|2)(?:~(.*))?$/.exec(value);
      if (!parts || !(parts[2] >= 1 && parts[2] <= 8)) return undefined;
      const shown = parts[4] === undefined ? null : example.read(parts[4]);
      return shown === undefined ? undefined : { feature: parts[1] - 1, expand: Number(parts[2]), patches: parts[3], example: shown };
    },
  };
  const oneBased = {
    write: (value) => String(value + 1),
    read: (value) => (/^\d+$/.test(value) && value > 0 ? Number(value) - 1 : undefined),
  };
  const whole = { write: String, read: (value) => (/^\d+$/.test(value) ? Number(value) : undefined) };

  /** Name in the address, key of the state, how it is written and read. */
  const FIELDS = [
    ["trajectory", "trajectory", oneBased], ["frame", "frame", whole], ["layer", "layer", text],
    ["rows", "rows", list(row)], ["show", "direction", choice("split", "combined", "positive", "negative")],
    ["features", "pinned", list(feature)], ["residual", "residual", flag], ["overlay", "overlay", flag],
    ["tone", "tone", choice("grey", "pale", "colour")], ["smooth", "smooth", flag],
    ["enlarge", "enlarge", choice("nearest", "linear")], ["opacity", "opacity", between(0, 1)],
    ["scale", "scale", choice("frame", "trajectory", "all")], ["gain", "gain", between(1 / 64, 64)],
    ["saturated", "saturation", choice("hue", "white")], ["fps", "fps", between(0.1, 100)],
    ["end", "atEnd", choice("stop", "loop", "episode")], ["visible", "visible", between(8, 16384)],
    ["timeline", "series", list(word)], ["stack", "stack", flag], ["human", "human", flag], ["gaze", "gaze", flag],
    ["feature", "popup", popup], ["names", "names", names], ["bookmarks", "bookmarks", list(bookmark)],
    ["notes", "notes", text], ["theme", "theme", choice("auto", "light", "dark")],
  ];

  /** The address part for a state: only what differs from the defaults, place first. */
  const encodeState = (state, defaults) => {
    const parts = [];
    for (const [name, key, field] of FIELDS) {
      const value = state[key] === null && key !== "popup" ? "" : field.write(state[key]);
      const usual = defaults[key] === null && key !== "popup" ? "" : field.write(defaults[key]);
      const place = name === "trajectory" || name === "frame" || name === "layer";
      if (value !== usual || (place && value !== "")) parts.push(`${name}=${encodeURIComponent(value)}`);
    }
    return parts.join("&");
  };

  /** The state that an address asks for, with a sentence for everything that had to be replaced. */
  const decodeState = (search, hash, content) => {
    const given = new Map([...new URLSearchParams(search), ...new URLSearchParams(hash.replace(/^#/, ""))]);
    const patch = {};
    const notices = [];
    for (const [name, key, field] of FIELDS) {
      if (!given.has(name)) continue;
      const value = field.read(given.get(name));
      if (value === undefined) notices.push(`“${name}=${given.get(name)}” in the address was not understood.`);
      else patch[key] = value;
    }
    return repairState({ ...content.defaultState(), ...patch }, content, notices);
  };

  /** Replaces places, rows and features that this interface does not have. */
  const repairState = (state, content, notices) => {
    const fixed = { ...state };
    if (!content.trajectories[fixed.trajectory]) {
      notices.push(`There is no trajectory ${fixed.trajectory + 1} here; showing trajectory 1.`);
      Object.assign(fixed, { trajectory: 0, frame: 0 });
    }
    const last = content.length(fixed.trajectory) - 1;
    if (fixed.frame > last) {
      notices.push(`Trajectory ${fixed.trajectory + 1} has no frame ${fixed.frame}; showing its last one, ${last}.`);
      fixed.frame = last;
    }
    if (fixed.layer !== null && !content.layer(fixed.layer)) {
      fixed.layer = content.defaultLayer();
      notices.push(`There is no layer “${state.layer}” here; showing ${fixed.layer}.`);
    }
    fixed.rows = state.rows.map((each) => content.repairRow(each, fixed.layer));
    if (fixed.rows.length === 0) fixed.rows = content.defaultState().rows;
    if (content.maps.length && JSON.stringify(fixed.rows) !== JSON.stringify(state.rows)) {
      notices.push("A row of attribution in the address does not exist here and was replaced.");
    }
    const layer = content.layer(fixed.layer);
    const exists = (each) => each === "residual" || (layer && each < layer.features);
    if (!fixed.pinned.every(exists)) notices.push("A feature in the address does not exist in this layer and was left out.");
    fixed.pinned = fixed.pinned.filter(exists);
    if (fixed.popup && !exists(fixed.popup.feature)) {
      notices.push("The feature that the address opens does not exist in this layer.");
      fixed.popup = null;
    }
    if (fixed.popup && fixed.popup.example && !(content.examples && fixed.popup.example.observation < content.examples.count)) {
      notices.push(`There is no example ${fixed.popup.example.observation} here.`);
      fixed.popup = { ...fixed.popup, example: null };
    }
    fixed.bookmarks = fixed.bookmarks.filter(
      (each) => content.trajectories[each.trajectory] && each.frame < content.length(each.trajectory));
    return { state: fixed, notices };
  };

  /** Keeps the address in step with the screen, a moment after it came to rest. */
  class Address {
    constructor(app) {
      this.app = app;
      this.timer = 0;
      this.written = location.hash;
      window.addEventListener("hashchange", () => {
        if (location.hash !== this.written) this.app.openAddress();
      });
    }

    /** A complete link to what is on the screen. */
    link() {
      return `${location.href.split(/[?#]/)[0]}#${encodeState(this.app.state, this.app.defaults)}`;
    }

    changed() {
      clearTimeout(this.timer);
      if (!this.app.state.playing) this.timer = setTimeout(() => this.write(), 200);
    }

    write() {
      const link = this.link();
      try {
        history.replaceState(null, "", link);
      } catch {
        location.replace(link.slice(link.indexOf("#")));
      }
      this.written = location.hash;
    }
  }

  Object.assign(rlvis, { Address, encodeState, decodeState });
}
