{
  /** The help: one section per panel, and the shortcuts. */
  class Help {
    constructor() {
      const sections = rlvis.HELP.map(({ id, title, shown, read, mislead }) => {
        const part = (name, text) => rlvis.element("p", {}, rlvis.element("b", {}, name), ` ${text}`);
        return rlvis.element("section", { id: `help-${id}` }, rlvis.element("h3", {}, title),
          part("What is shown.", shown), part("How to read it.", read), part("What can mislead.", mislead));
      });
      const keys = rlvis.SHORTCUTS.map(([key, meaning]) => rlvis.element("tr", {},
        rlvis.element("th", { scope: "row" }, key.split(" ").map((each) => (each === "…" || each === "+" && key.includes("Shift") ? ` ${each} ` : rlvis.element("kbd", {}, each)))),
        rlvis.element("td", {}, meaning)));
      this.dialog = rlvis.dialog("Help", [
        ...sections,
        rlvis.element("section", { id: "help-keys" }, rlvis.element("h3", {}, "Keyboard"),
          rlvis.element("table", { className: "keys" }, rlvis.element("tbody", {}, keys))),
      ], "help");
    }

    open(section = "keys") {
      this.dialog.showModal();
      const target = document.getElementById(`help-${section}`);
      if (target) target.scrollIntoView({ block: "start" });
    }
  }

  /** The question mark in a panel's heading. */
  rlvis.helpButton = (app, section) =>
    rlvis.button("?", () => app.help.open(section), { className: "help-button", "aria-label": `Help: ${section}`, title: "What is this?" });

  rlvis.Help = Help;
}
