{
  let count = 0;

  /** A row of radio buttons drawn as one strip. options: [{id, label, title, name for screen readers}]. */
  rlvis.segmented = (name, options, onchange) => {
    const group = `group-${(count += 1)}`;
    const inputs = new Map();
    const items = options.map(({ id, label, title, name: spoken }) => {
      const input = rlvis.element("input", { type: "radio", name: group, value: id, "aria-label": spoken, onchange: () => onchange(id) });
      inputs.set(id, input);
      return rlvis.element("label", { className: "segment", title: title || "" }, input, rlvis.element("span", {}, label));
    });
    const element = rlvis.element("div", { className: "segmented", role: "radiogroup", "aria-label": name }, items);
    return { element, select: (id) => { const input = inputs.get(id); if (input) input.checked = true; } };
  };

  rlvis.checkbox = (label, onchange, title = "") => {
    const input = rlvis.element("input", { type: "checkbox", onchange: () => onchange(input.checked) });
    const element = rlvis.element("label", { className: "check", title }, input, rlvis.element("span", {}, label));
    return { element, input, select: (value) => { input.checked = value; } };
  };

  /** A drop-down list; options may carry a `group` to be listed under. */
  rlvis.select = (name, options, onchange) => {
    const select = rlvis.element("select", { "aria-label": name, title: name, onchange: () => onchange(select.value) });
    const fill = (choices) => {
      const groups = new Map();
      select.replaceChildren();
      for (const { id, label, group } of choices) {
        const option = rlvis.element("option", { value: id }, label);
        if (!group) {
          select.append(option);
          continue;
        }
        if (!groups.has(group)) {
          groups.set(group, rlvis.element("optgroup", { label: group }));
          select.append(groups.get(group));
        }
        groups.get(group).append(option);
      }
    };
    fill(options);
    return { element: select, fill, select: (id) => { select.value = id; } };
  };

  /** A slider with its value in words beside it. */
  rlvis.slider = (name, { min, max, step, text }, oninput) => {
    const output = rlvis.element("output", {});
    const input = rlvis.element("input", {
      type: "range", min, max, step, "aria-label": name, oninput: () => oninput(Number(input.value)),
    });
    const select = (value) => {
      input.value = value;
      rlvis.setText(output, text(value));
      input.setAttribute("aria-valuetext", text(value));
    };
    return { element: rlvis.element("span", { className: "slider" }, input, output), input, select };
  };

  /** A label over a control, for settings lists. */
  rlvis.field = (label, control) =>
    rlvis.element("div", { className: "field" }, rlvis.element("span", { className: "field-label" }, label), control);

  /** A drop-down box under a button; closes on Escape, on a click outside and when another opens. */
  rlvis.menu = (label, content, className = "") => {
    const details = rlvis.element("details", { className: `menu ${className}`, name: "rlvis-menu" },
      rlvis.element("summary", {}, label), rlvis.element("div", { className: "menu-box" }, content));
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && details.open) {
        details.open = false;
        details.querySelector("summary").focus();
        event.stopPropagation();
      }
    });
    document.addEventListener("pointerdown", (event) => {
      if (details.open && !details.contains(event.target)) details.open = false;
    });
    return details;
  };
}
