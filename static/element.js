{
  const SVG = "http://www.w3.org/2000/svg";

  const setProperty = (node, name, value) => {
    if (value === undefined || value === null || value === false) return;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name in node && !name.includes("-") && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  };

  /** A new element; `on…` properties are listeners, the rest properties or attributes. */
  rlvis.element = (tag, properties = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) setProperty(node, name, value);
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  };

  const ICONS = {
    "step-back": "M11 3 5.5 8l5.5 5z",
    "step-forward": "M5 3l5.5 5L5 13z",
    "to-start": "M3 3h2v10H3zM13.5 3 6.5 8l7 5z",
    "to-end": "M11 3h2v10h-2zM2.5 3l7 5-7 5z",
    "play-forward": "M4 2.5l9.5 5.5L4 13.5z",
    "play-backward": "M12 2.5 2.5 8l9.5 5.5z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
    bookmark: "M4.5 2h7v12L8 10.8 4.5 14z",
    plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
    minus: "M3 7.2h10v1.6H3z",
    close: "M4.1 3 8 6.9 11.9 3 13 4.1 9.1 8l3.9 3.9-1.1 1.1L8 9.1 4.1 13 3 11.9 6.9 8 3 4.1z",
    link: "M6.2 9.8a2.6 2.6 0 0 1 0-3.7l2-2a2.6 2.6 0 1 1 3.7 3.7l-1 1-.9-.9 1-1a1.3 1.3 0 1 0-1.9-1.9l-2 2a1.3 1.3 0 0 0 0 1.9zM9.8 6.2a2.6 2.6 0 0 1 0 3.7l-2 2a2.6 2.6 0 1 1-3.7-3.7l1-1 .9.9-1 1a1.3 1.3 0 1 0 1.9 1.9l2-2a1.3 1.3 0 0 0 0-1.9z",
    save: "M7.3 2h1.4v6.2l2-2 1 1L8 11 4.3 7.2l1-1 2 2zM3 12.5h10V14H3z",
    theme: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.4v9.2a4.6 4.6 0 0 1 0-9.2z",
    previous: "M10.5 3 5.5 8l5 5-1.1 1L3.5 8l5.9-6z",
    next: "M5.5 3l5 5-5 5 1.1 1L12.500 8 6.600 2z",
  };

  /** A small drawing from the table above; it takes the colour of the text around it. */
  rlvis.icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };

  /** A button; with an icon the label becomes its name for screen readers and its tooltip. */
  rlvis.button = (label, onclick, { icon = null, ...properties } = {}) => {
    const button = rlvis.element("button", { type: "button", onclick, ...properties });
    if (icon) {
      button.append(rlvis.icon(icon));
      button.setAttribute("aria-label", label);
      button.title = button.title || label;
      button.classList.add("icon-button");
    } else {
      button.append(label);
    }
    return button;
  };

  /** Exchanges a button's icon and name, touching the page only when they differ. */
  rlvis.setIcon = (button, icon, label) => {
    if (button.dataset.icon === icon) return;
    button.dataset.icon = icon;
    button.replaceChildren(rlvis.icon(icon));
    button.setAttribute("aria-label", label);
    button.title = label;
  };

  /** Writes text only when it changed, so that an unchanged frame costs no layout. */
  rlvis.setText = (node, text) => {
    if (node.rlvisText !== text) {
      node.rlvisText = text;
      node.textContent = text;
    }
  };
}
