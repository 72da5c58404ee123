{
  const same = (first, second) =>
    first === second ||
    (first !== null && second !== null && typeof first === "object" && typeof second === "object" &&
      JSON.stringify(first) === JSON.stringify(second));

  /** What is on the screen, as one plain object; `listener(changedKeys)` is told of every change. */
  class Store {
    constructor(initial, listener) {
      this.state = initial;
      this.listener = listener;
    }

    set(patch) {
      const changed = Object.keys(patch).filter((key) => !same(this.state[key], patch[key]));
      if (changed.length === 0) return;
      this.state = { ...this.state, ...patch };
      this.listener(changed);
    }
  }

  rlvis.Store = Store;
}
