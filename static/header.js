{
  const THEMES = ["auto", "light", "dark"];

  /** The title with what acts on the whole page: link, saving, provenance, help, theme. */
  class Header extends rlvis.Panel {
    constructor(app) {
      super(app, "header", ["theme"]);
      const { network = {}, environment = {}, title, beside } = app.content;
      const size = network.parameters ? `${rlvis.format.count(network.parameters)} parameters` : "";
      // What the title already says is not said again.
      const facts = [...[environment.name, network.name].filter((name) => name && !title.includes(name)), network.recurrent ? "recurrent" : "", network.kind, size,
        beside ? `beside it ${beside.name}, ${beside.checkpoint ? beside.checkpoint.file : beside.network.name}` : ""];
      this.theme = rlvis.button("Theme", () => this.nextTheme(), { icon: "theme" });
      const item = (label, action) => rlvis.button(label, action, { className: "menu-item" });
      this.save = rlvis.menu("Save", rlvis.element("div", { className: "menu-items" },
        item("This view as PNG", () => this.run(() => app.exporter.png())),
        item("A clip as video or GIF …", () => app.clip.open()),
        item("Numbers of this trajectory (CSV)", () => this.run(() => app.exporter.csv())),
        item("Numbers of this trajectory (JSON)", () => this.run(() => app.exporter.json())),
        item("Names of features (JSON)", () => this.run(() => app.exporter.names()))), "menu-right");
      this.save.addEventListener("click", (event) => { if (event.target.closest(".menu-item")) this.save.open = false; });
      this.body.append(
        rlvis.element("p", { className: "header-facts" }, facts.filter(Boolean).join(" · ")),
        rlvis.element("div", { className: "header-actions" },
          rlvis.button("Copy link", () => this.copyLink(), { title: "A link to exactly what is on the screen" }),
          this.save, rlvis.button("Provenance", () => app.provenance.open()),
          rlvis.button("Help", () => app.help.open("trajectories"), { title: "What everything means (?)" }), this.theme));
    }

    update({ theme }) {
      if (theme === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
      const name = { auto: "as the system", light: "light", dark: "dark" }[theme];
      this.theme.title = `Theme: ${name}`;
      this.theme.setAttribute("aria-label", `Theme: ${name}`);
      this.app.forgetColours();
    }

    nextTheme() {
      const { theme } = this.app.state;
      this.app.store.set({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] });
    }

    async run(work) {
      try {
        await work();
      } catch (error) {
        this.app.notices.show(`That could not be saved: ${error.message}.`);
      }
    }

    async copyLink() {
      const link = this.app.address.link();
      try {
        await navigator.clipboard.writeText(link);
        this.app.notices.show("The link was copied.", 3);
      } catch {
        this.showLink(link);
      }
    }

    /** Where scripts may not use the clipboard (a page opened from disk in some browsers). */
    showLink(link) {
      const field = rlvis.element("input", { type: "text", value: link, readOnly: true, "aria-label": "Link" });
      const dialog = rlvis.dialog("Link to this view", [field]);
      dialog.addEventListener("close", () => dialog.remove());
      dialog.showModal();
      field.select();
      if (document.execCommand && document.execCommand("copy")) this.app.notices.show("The link was copied.", 3);
    }
  }

  rlvis.Header = Header;
}
