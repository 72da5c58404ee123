{
  /** The box with numbers that follows the pointer; used for pictures, charts and the policy. */
  class Readout {
    constructor() {
      this.element = rlvis.element("div", { className: "readout", hidden: true, role: "status" });
      document.body.append(this.element);
    }

    show(content, x, y) {
      this.element.replaceChildren(...content);
      this.element.hidden = false;
      this.place(x, y);
    }

    place(x, y) {
      const { width, height } = this.element.getBoundingClientRect();
      const right = x + 18 + width < innerWidth ? x + 18 : Math.max(4, x - 18 - width);
      const below = y + 14 + height < innerHeight ? y + 14 : Math.max(4, innerHeight - height - 4);
      this.element.style.transform = `translate(${Math.round(right)}px, ${Math.round(below)}px)`;
    }

    hide() {
      this.element.hidden = true;
    }
  }

  /** A table of names with their numbers, in the order given. items: [{name, colour, value}]. */
  rlvis.numberTable = (items, written = rlvis.format.signed) => {
    const rows = items.map(({ name, colour, value }) => {
      const swatch = rlvis.element("i", { className: colour ? "swatch" : "swatch swatch-residual" });
      if (colour) swatch.style.backgroundColor = colour;
      return rlvis.element("tr", {}, rlvis.element("td", {}, swatch), rlvis.element("td", {}, name),
        rlvis.element("td", { className: "value" }, written(value)));
    });
    return rlvis.element("table", { className: "numbers" }, rlvis.element("tbody", {}, rows));
  };

  rlvis.Readout = Readout;
}
