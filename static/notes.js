{
  /** Sentences that came with the interface, and the reader's own notes, which live in the address. */
  class Notes extends rlvis.Panel {
    constructor(app) {
      super(app, "notes", ["notes"]);
      const { notes, links } = app.content;
      this.field = rlvis.element("textarea", {
        rows: 3, placeholder: "Your notes; kept in the link", "aria-label": "Your notes",
        oninput: () => app.store.set({ notes: this.field.value }),
      });
      this.body.append(
        ...notes.map((note) => rlvis.element("p", { className: "hint" }, note)),
        ...links.map(({ label, href }) => rlvis.element("p", {}, rlvis.element("a", { href: rlvis.safeHref(href), rel: "noopener" }, label))),
        this.field);
    }

    update(state) {
      if (document.activeElement !== this.field) this.field.value = state.notes;
    }
  }

  /** Links to pages only: no scripts in the disguise of an address. */
  rlvis.safeHref = (href) => (/^(https?:|mailto:|[^:]*$|\.{0,2}\/)/i.test(href) ? href : "#");

  rlvis.Notes = Notes;
}
