{
  let count = 0;

  /** A modal dialog with a title and a close button; Escape and a click outside close it, the focus stays inside. */
  rlvis.dialog = (title, content, className = "") => {
    const id = `dialog-${(count += 1)}`;
    const heading = rlvis.element("h2", { id }, title);
    const dialog = rlvis.element("dialog", { className: `dialog ${className}`, "aria-labelledby": id },
      rlvis.element("header", { className: "dialog-header" }, heading, rlvis.button("Close (Escape)", () => dialog.close(), { icon: "close" })),
      rlvis.element("div", { className: "dialog-body" }, content));
    dialog.addEventListener("pointerdown", (event) => {
      if (event.target !== dialog) return;
      const box = dialog.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX < box.right && event.clientY >= box.top && event.clientY < box.bottom;
      if (!inside) dialog.close();
    });
    document.body.append(dialog);
    return dialog;
  };

  /** Small messages at the foot of the page that go away by themselves or by hand. */
  class Notices {
    constructor() {
      this.element = rlvis.element("div", { className: "notices", role: "status", "aria-live": "polite" });
      document.body.append(this.element);
    }

    show(text, seconds = 12) {
      const notice = rlvis.element("p", { className: "notice" }, text,
        rlvis.button("Dismiss", () => notice.remove(), { icon: "close" }));
      this.element.append(notice);
      setTimeout(() => notice.remove(), 1000 * seconds);
    }
  }

  rlvis.Notices = Notices;
}
