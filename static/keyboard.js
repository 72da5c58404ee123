{
  /** Shortcuts as they are listed in the help: [keys, meaning]. */
  const SHORTCUTS = [
    ["← →", "one frame back or forward; while playing: the direction"],
    ["space", "play or pause"],
    ["Home End", "first or last frame"],
    ["P N", "start of the previous or next episode"],
    ["↑ ↓", "previous or next trajectory"],
    ["[ ]", "previous or next layer"],
    ["1 … 9", "isolate a feature, or release it; 0: the residual"],
    ["Escape", "show all features again; close a dialog"],
    ["C", "positive and negative apart or combined"],
    ["R O S", "residual, overlay, smoothing"],
    ["G", "a person's fixations, where they were recorded"],
    ["+ −", "fewer or more frames on the time axis"],
    ["B", "bookmark this frame"],
    ["Shift + arrows", "on a picture: move the position whose numbers are shown"],
    ["?", "this help"],
  ];

  const isField = (node) =>
    node instanceof HTMLElement && (node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT", "OPTION"].includes(node.tagName));

  /** Shortcuts of the page; silent inside fields, behind dialogs, and where a key has a meaning of its own. */
  class Keyboard {
    constructor(app) {
      this.app = app;
      this.actions = this.table();
      document.addEventListener("keydown", (event) => this.press(event));
      // After a click with the mouse the focus goes back to the page, so that shortcuts work at once.
      document.addEventListener("click", (event) => {
        const control = event.target.closest("button, summary, input[type=radio], input[type=checkbox]");
        if (event.detail > 0 && control && document.activeElement === control) control.blur();
      });
    }

    table() {
      const { app } = this;
      const { playback, store } = app;
      const toggle = (key) => () => store.set({ [key]: !app.state[key] });
      return {
        ArrowLeft: () => playback.step(-1), ArrowRight: () => playback.step(1), " ": () => playback.toggle(),
        Home: () => app.goTo({ frame: 0 }), End: () => app.goTo({ frame: Infinity }),
        ArrowUp: () => app.goTo({ trajectory: app.state.trajectory - 1 }), ArrowDown: () => app.goTo({ trajectory: app.state.trajectory + 1 }),
        "[": () => app.stepLayer(-1), "]": () => app.stepLayer(1),
        p: () => app.stepEpisode(-1), n: () => app.stepEpisode(1),
        c: () => store.set({ direction: app.state.direction === "combined" ? "split" : "combined" }),
        r: toggle("residual"), o: toggle("overlay"), s: toggle("smooth"), g: toggle("gaze"), b: () => app.addBookmark(),
        "+": () => app.zoomTime(-1), "=": () => app.zoomTime(-1), "-": () => app.zoomTime(1), "−": () => app.zoomTime(1),
        0: () => app.togglePinned("residual"), Escape: () => app.escape(), "?": () => app.help.open(),
      };
    }

    press(event) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isField(event.target) || document.querySelector("dialog[open]")) return;
      const onButton = event.target.closest && event.target.closest("button, a, summary");
      if (onButton && (event.key === " " || event.key === "Enter")) return;
      if (event.shiftKey && event.key.startsWith("Arrow")) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = /^[1-9]$/.test(key) ? () => this.app.togglePinned(Number(key) - 1) : this.actions[key];
      if (!action) return;
      event.preventDefault();
      action();
    }
  }

  Object.assign(rlvis, { Keyboard, SHORTCUTS, isField });
}
