"""How fast a written page is in a real browser: first picture, and frames while scrubbing.

    python -m benchmarks.page DIR [--frames 200]

Opens DIR/interface.html from disk in a fresh Chromium three times; then moves the timeline frame by frame, as dragging
does, and takes the time from one drawn frame to the next.
"""

import argparse
import shutil
from pathlib import Path
from statistics import median

SCRUB = """async (count) => {
  const { app } = rlvis, script = [], interval = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < count; frame++) {
    const begun = performance.now();
    app.goTo({ frame });
    app.render();
    script.push(performance.now() - begun);
    const now = await new Promise(requestAnimationFrame);
    interval.push(now - last);
    last = now;
  }
  const sorted = (times) => times.sort((a, b) => a - b);
  return [sorted(script), sorted(interval)];
}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--frames", type=int, default=200)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    first, flags = [], ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as playwright:
        for _ in range(3):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto((arguments.directory.resolve() / "interface.html").as_uri())
            page.wait_for_function("() => rlvis.app && rlvis.app.firstPicture")
            first.append(page.evaluate("rlvis.app.firstPicture"))
            page.wait_for_timeout(1000)
            script, interval = page.evaluate(SCRUB, arguments.frames)
            browser.close()
    print("first picture, ms:", ", ".join(f"{value:.0f}" for value in first))
    for name, times in (("script per frame, ms", script), ("from frame to frame, ms", interval)):
        print(f"{name}: median {median(times):.1f}, 95 % {times[int(0.95 * len(times))]:.1f}, worst {times[-1]:.1f}")


if __name__ == "__main__":
    main()
