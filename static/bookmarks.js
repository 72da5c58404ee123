{
  const KEYS = ["trajectory", "frame", "bookmarks"];
  const named = ({ trajectory, frame, advantage }) => ({ trajectory, frame, value: advantage });

  /** Frames worth a look: of extreme advantage, where maps disagree, and the reader's own with notes. */
  class Bookmarks extends rlvis.Panel {
    constructor(app) {
      super(app, "bookmarks", KEYS);
      const { low = [], high = [] } = app.content.bookmarks;
      this.links = [];
      this.own = rlvis.element("ul", { className: "bookmark-list own-bookmarks" });
      this.empty = rlvis.element("p", { className: "hint" }, "Press B, or the ribbon below the policy, to keep a frame here and in the link.");
      this.body.append(
        this.section("Lowest advantage", "unexpected failures", low.map(named), "advantage"),
        this.section("Highest advantage", "unexpected successes", high.map(named), "advantage"),
        ...app.content.marks.map(({ title, meaning, marks }) => this.section(title, meaning, marks, meaning)),
        rlvis.element("h3", {}, "Your bookmarks"), this.empty, this.own);
      this.shown = null;
    }

    section(title, meaning, marks, measure) {
      const items = marks.map(({ trajectory, frame, value }) =>
        rlvis.element("li", {}, this.link(trajectory, frame), rlvis.element("span", { className: "advantage", title: `${measure} ${rlvis.format.signed(value)}` }, rlvis.format.short(value))));
      return rlvis.element("section", { className: "bookmark-section" },
        rlvis.element("h3", {}, title, " ", rlvis.element("small", {}, meaning)),
        marks.length ? rlvis.element("ul", { className: "bookmark-list" }, items) : rlvis.element("p", { className: "hint" }, "none"));
    }

    link(trajectory, frame) {
      const { content } = this.app;
      const label = content.trajectories[trajectory] ? content.trajectories[trajectory].label : trajectory + 1;
      const link = rlvis.element("a", {
        href: `#trajectory=${trajectory + 1}&frame=${frame}`,
        onclick: (event) => {
          event.preventDefault();
          this.app.visit(trajectory, frame);
        },
      }, `trajectory ${label}, frame ${frame}`);
      this.links.push({ link, trajectory, frame });
      return link;
    }

    update(state) {
      if (this.shown !== state.bookmarks) this.drawOwn(state.bookmarks);
      for (const { link, trajectory, frame } of this.links) {
        const here = trajectory === state.trajectory && frame === state.frame;
        if (here !== link.hasAttribute("aria-current")) link.toggleAttribute("aria-current", here);
      }
    }

    drawOwn(bookmarks) {
      const typing = this.own.contains(document.activeElement) && this.shown && this.shown.length === bookmarks.length;
      this.shown = bookmarks;
      this.empty.hidden = bookmarks.length > 0;
      if (typing) return;
      this.links = this.links.filter(({ link }) => !this.own.contains(link));
      this.own.replaceChildren(...bookmarks.map((mark, i) => {
        const note = rlvis.element("input", {
          type: "text", value: mark.note, placeholder: "note", "aria-label": "Note", className: "note",
          oninput: () => this.app.changeBookmark(i, note.value),
        });
        return rlvis.element("li", {}, this.link(mark.trajectory, mark.frame),
          rlvis.button("Remove this bookmark", () => this.app.removeBookmark(i), { icon: "close" }), note);
      }));
    }
  }

  rlvis.Bookmarks = Bookmarks;
}
