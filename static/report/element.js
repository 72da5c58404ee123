{
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  /** A new HTML element; `on…` attributes are listeners. */
  report.element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

  /** A new SVG element. */
  report.drawing = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
}
