// The visible figures of a page: texts, places of lines, points and the axes, all in pixels of the screen.
() => {
  const LARGEST = 24; // pixels of a point; a band is drawn by the same element
  const named = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const still = ["--grid", "--muted", "--surface"].map(named);
  const seen = (node) => {
    let share = 1;
    for (let at = node; at.localName !== "svg"; at = at.parentNode) {
      const style = getComputedStyle(at);
      share *= style.opacity * (at === node ? style.fillOpacity : 1);
    }
    return share > 0;
  };
  const frame = (node) => {
    const id = node.closest("[clip-path]")?.getAttribute("clip-path").match(/#([^)]+)/)[1];
    const box = id && document.getElementById(id).querySelector("rect, path").getBBox();
    return box && [box.x, box.y, box.x + box.width, box.y + box.height];
  };
  const rect = (node) => { const { left, right, top, bottom } = node.getBoundingClientRect(); return [left, top, right, bottom]; };
  const along = (node) => {
    const style = getComputedStyle(node);
    if (style.stroke === "none" || still.includes(style.stroke) || parseFloat(style.strokeWidth) < 0.7) return [];
    const limits = frame(node), matrix = node.getScreenCTM(), places = [];
    for (let at = 0, length = node.getTotalLength(); length && at <= length; at += 2) {
      const place = node.getPointAtLength(at);
      if (limits && (place.x < limits[0] || place.y < limits[1] || place.x > limits[2] || place.y > limits[3])) continue;
      const { x, y } = place.matrixTransform(matrix);
      places.push([x, y]);
    }
    return places;
  };
  return [...document.querySelectorAll(".plot svg")].filter((svg) => svg.getClientRects().length).map((svg) => {
    const shapes = [...svg.querySelectorAll("path, line")].filter((node) => !node.closest("defs"));
    const clip = [...svg.querySelectorAll("[clip-path]")].map(frame)[0];
    const corner = (x, y) => { const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; };
    return {
      title: svg.getAttribute("aria-label"),
      box: rect(svg),
      texts: [...svg.querySelectorAll("text")].map((node) => ({
        said: node.textContent, box: rect(node), size: parseFloat(getComputedStyle(node).fontSize) * svg.getScreenCTM().a,
      })),
      lines: shapes.map(along).filter((places) => places.length),
      points: [...svg.querySelectorAll("use, circle")].filter((node) => !node.closest("defs") && seen(node)).map(rect)
        .filter(([left, , right]) => right - left < LARGEST),
      axes: clip ? [...corner(clip[0], clip[1]), ...corner(clip[2], clip[3])] : rect(svg.querySelector(".axis")),
    };
  });
}
